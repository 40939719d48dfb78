import { PROTOCOL_MODES, TRANSPORT_STRATEGIES } from "../../bridge/options.ts";
import type { FlagDefinition } from "./flag.ts";
import { mebibytes, oneOf, positiveSeconds, seconds } from "./shapes.ts";

/** How the server is reached, and how long to wait for it. */
export const CONNECTION_FLAGS = [
  {
    name: "transport",
    kind: "value",
    valueName: "STRATEGY",
    category: "connection",
    commands: ["bridge"],
    shape: oneOf(...TRANSPORT_STRATEGIES),
    doc: "http-first (default), sse-first, http-only or sse-only",
    longDoc:
      "Which transports to try, and in which order: http-first (the default), sse-first, http-only " +
      "or sse-only. The second is tried when the server answers the opening request with HTTP 400, " +
      "404, 405, 406 or 415; never after 401, 403, a server error or a network failure.",
  },
  {
    name: "protocol",
    kind: "value",
    valueName: "MODE",
    category: "connection",
    commands: ["bridge"],
    shape: oneOf(...PROTOCOL_MODES),
    doc: "Which protocol eras to expect: auto (default) or legacy",
    longDoc: "Which eras of the protocol to expect of the server: auto (the default) or legacy, " +
      "which never tries the revision 2026-07-28.",
  },
  {
    name: "allow-http",
    kind: "switch",
    category: "connection",
    commands: ["bridge"],
    doc: "Allow plain http to other machines",
    longDoc: "Allow plain http to a server on another machine. Everything sent, credentials too, " +
      "can then be read and changed on the way: only for trusted private networks.",
  },
  {
    name: "enable-proxy",
    kind: "switch",
    category: "connection",
    commands: ["bridge"],
    doc: "Accepted for mcp-remote's sake: proxies are always honoured",
    longDoc: "Accepted for mcp-remote's sake, without effect: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY " +
      "and NO_PROXY are always honoured, and loopback is never proxied.",
  },
  {
    name: "ipv4",
    kind: "switch",
    category: "connection",
    commands: ["bridge"],
    doc: "Connect over IPv4 only",
    longDoc: "Connect over IPv4 only, for networks where IPv6 connections silently go nowhere.",
  },
  {
    name: "disable-cookies",
    kind: "switch",
    category: "connection",
    commands: ["bridge"],
    doc: "Do not keep the server's cookies",
    longDoc:
      "Do not keep and send back the cookies that the server sets. They are otherwise kept " +
      "in memory for the server's own origin, as load balancers ask for.",
  },
  {
    name: "connect-timeout",
    kind: "value",
    valueName: "SECONDS",
    category: "connection",
    commands: ["bridge"],
    shape: positiveSeconds,
    doc: "Longest wait for a connection (default 10)",
    longDoc: "Longest wait for a connection, in seconds (default 10).",
  },
  {
    name: "headers-timeout",
    kind: "value",
    valueName: "SECONDS",
    category: "connection",
    commands: ["bridge"],
    shape: seconds,
    doc: "Longest wait for a reply to begin (default: no limit)",
    longDoc: "Longest wait for the headers of a reply, in seconds. The default, like 0, is no " +
      "limit: the client decides how long a call may run.",
  },
  {
    name: "body-timeout",
    kind: "value",
    valueName: "SECONDS",
    category: "connection",
    commands: ["bridge"],
    shape: seconds,
    doc: "Longest silence within a reply (default: no limit)",
    longDoc: "Longest silence within the body of a reply, in seconds. The default, like 0, is no " +
      "limit for the reply to a call; the stream on which the server speaks unasked is opened " +
      "anew after 300 seconds of silence, or after this time.",
  },
  {
    name: "start-timeout",
    kind: "value",
    valueName: "SECONDS",
    category: "connection",
    commands: ["bridge"],
    shape: seconds,
    doc: "How long to wait for a server that is down (default 10)",
    longDoc: "How long the client's first request waits for a server that is down, in seconds " +
      "(default 10; 0 is no limit). Then it is answered with an error, and Causeway goes on " +
      "trying for what the client sends next.",
  },
  {
    name: "keep-alive",
    kind: "switch",
    category: "connection",
    commands: ["bridge"],
    doc: "Ping the server every 30 seconds",
    longDoc:
      "Send the server a ping every 30 seconds, so that no load balancer takes the session " +
      "for idle.",
  },
  {
    name: "ping-interval",
    kind: "value",
    valueName: "SECONDS",
    category: "connection",
    commands: ["bridge"],
    shape: positiveSeconds,
    doc: "Ping the server that often; implies --keep-alive",
    longDoc: "The time between two pings, in seconds (default 30). Implies --keep-alive.",
  },
  {
    name: "max-message-size",
    kind: "value",
    valueName: "MIB",
    category: "connection",
    commands: ["bridge"],
    shape: mebibytes,
    doc: "Largest message in either direction, in MiB (default 256)",
    longDoc: "The largest message in either direction, in MiB after decompression (default 256). " +
      "A larger one is refused, and its request answered with an error.",
  },
] as const satisfies readonly FlagDefinition[];
