import type { FlagDefinition } from "./flag.ts";
import {
  absoluteUriOrEmpty,
  authorizeParameter,
  bareWebUrl,
  callbackPath,
  hostName,
  ipAddress,
  oneOf,
  positiveSeconds,
  profileName,
  scopes,
  secureUrl,
} from "./shapes.ts";

/** Signing in with OAuth; which client does, is in `client.ts`. */
export const SIGN_IN_FLAGS = [
  {
    name: "host",
    kind: "value",
    valueName: "HOST",
    category: "sign-in",
    commands: ["bridge"],
    shape: hostName,
    doc: "Host name in the redirect URI (default localhost)",
    longDoc: "The host name in the redirect URI (default localhost; 127.0.0.1 on Windows).",
  },
  {
    name: "callback-path",
    kind: "value",
    valueName: "PATH",
    category: "sign-in",
    commands: ["bridge"],
    shape: callbackPath,
    doc: "Path of the redirect URI (default /oauth/callback)",
    longDoc: "The path of the redirect URI (default /oauth/callback). It begins with /; " +
      "/wait-for-auth is reserved.",
  },
  {
    name: "callback-bind",
    kind: "value",
    valueName: "ADDRESS",
    category: "sign-in",
    commands: ["bridge"],
    shape: ipAddress,
    doc: "Listen for the redirect on this IP address",
    longDoc: "Listen for the redirect on this IP address instead of loopback (0.0.0.0 for all of " +
      "IPv4), for containers and remote machines. The port is that of the redirect URI, or the " +
      "one after the server URL.",
  },
  {
    name: "callback-url",
    kind: "value",
    valueName: "URL",
    category: "sign-in",
    commands: ["bridge"],
    shape: bareWebUrl,
    doc: "The redirect URI as the browser reaches it",
    longDoc: "The whole redirect URI as the browser reaches it, where that is not this machine's " +
      "loopback: http or https, without query and fragment. Not together with --host and " +
      "--callback-path.",
  },
  {
    name: "auth-success-url",
    kind: "value",
    valueName: "URL",
    category: "sign-in",
    commands: ["bridge"],
    shape: bareWebUrl,
    doc: "Send the browser there after a sign-in",
    longDoc: "Send the browser to this page after a sign-in: https, or http on loopback or with " +
      "--allow-http.",
  },
  {
    name: "auth-timeout",
    kind: "value",
    valueName: "SECONDS",
    category: "sign-in",
    commands: ["bridge"],
    shape: positiveSeconds,
    doc: "Longest wait for the user to sign in (default 300)",
    longDoc: "The longest wait for the user to sign in, in seconds (default 300). The client is " +
      "not kept waiting for so long, unless --wait-for-auth is given.",
  },
  {
    name: "auth",
    kind: "value",
    valueName: "WHEN",
    category: "sign-in",
    commands: ["bridge"],
    shape: oneOf("auto", "always"),
    doc: "Sign in when asked to (auto, default) or always",
    longDoc:
      "Sign in when the server asks for it (auto, the default), or always, for servers that " +
      "also allow anonymous use.",
  },
  {
    name: "wait-for-auth",
    kind: "switch",
    category: "sign-in",
    commands: ["bridge"],
    doc: "Let the client wait until the sign-in is done",
    longDoc: "Let the client's first request wait until the sign-in is done, however long that " +
      "takes.",
  },
  {
    name: "no-browser",
    kind: "switch",
    category: "sign-in",
    commands: ["bridge"],
    doc: "Show the link instead of opening a browser",
    longDoc: "Show the sign-in link instead of opening a browser.",
  },
  {
    name: "device-code",
    kind: "switch",
    category: "sign-in",
    commands: ["bridge"],
    doc: "Sign in with a code typed on another device",
    longDoc:
      "Sign in with a short code typed on another device (RFC 8628). Chosen by itself where " +
      "no browser can be shown (no display, or over SSH) and the server offers it.",
  },
  {
    name: "client-credentials",
    kind: "switch",
    category: "sign-in",
    commands: ["bridge"],
    doc: "Sign in as the client itself, without a user",
    longDoc:
      "Sign in as the client itself, without a user (RFC 6749 section 4.4). The client has " +
      "a secret or a private key: see --client-id and --static-oauth-client-info.",
  },
  {
    name: "token-endpoint",
    kind: "value",
    valueName: "URL",
    category: "sign-in",
    commands: ["bridge"],
    shape: secureUrl,
    doc: "The token endpoint, for --client-credentials",
    longDoc:
      "The token endpoint, for --client-credentials with servers that publish no metadata: " +
      "https, or http to this machine. Nothing is discovered then; --scope and --resource are " +
      "sent only if given.",
  },
  {
    name: "scope",
    kind: "value",
    valueName: "SCOPES",
    category: "sign-in",
    commands: ["bridge"],
    shape: scopes,
    doc: "Ask for these scopes",
    longDoc: "Ask for these scopes, instead of those that the server names or that stand in " +
      "--static-oauth-client-metadata.",
  },
  {
    name: "issuer",
    kind: "value",
    valueName: "URL",
    category: "sign-in",
    commands: ["bridge"],
    shape: secureUrl,
    doc: "The authorization server to sign in at",
    longDoc: "The issuer identifier of the authorization server to sign in at, in place of those " +
      "that the server names.",
  },
  {
    name: "resource",
    kind: "value",
    valueName: "URI",
    category: "sign-in",
    commands: ["bridge"],
    shape: absoluteUriOrEmpty,
    doc: "The resource indicator to sign in for",
    longDoc: "The resource indicator (RFC 8707) to sign in for. An empty one sends none.",
  },
  {
    name: "disable-resource-parameter",
    kind: "switch",
    category: "sign-in",
    commands: ["bridge"],
    doc: "Send no resource indicator",
    longDoc: "Send no resource indicator, for authorization servers that refuse it.",
  },
  {
    name: "authorize-param",
    kind: "repeatable",
    valueName: "KEY=VALUE",
    category: "sign-in",
    commands: ["bridge"],
    shape: authorizeParameter,
    doc: "Add this parameter to the authorization request",
    longDoc: "Add this parameter to the authorization request. Parameters that each sign-in " +
      "derives itself are refused.",
  },
  {
    name: "use-id-token",
    kind: "switch",
    category: "sign-in",
    commands: ["bridge"],
    doc: "Send the ID token instead of the access token",
    longDoc: "Send the ID token instead of the access token.",
  },
  {
    name: "profile",
    kind: "value",
    valueName: "NAME",
    category: "sign-in",
    commands: ["bridge"],
    shape: profileName,
    doc: "Keep the credentials of several accounts apart",
    longDoc: "Keep the credentials of several accounts at one server apart, under this name.",
  },
  {
    name: "store",
    kind: "value",
    valueName: "WHERE",
    category: "sign-in",
    commands: ["bridge"],
    shape: oneOf("keychain", "file"),
    doc: "Where the key of stored credentials is kept",
    longDoc: "Where the key of stored credentials is kept: keychain (the default, where there is " +
      "one) or file.",
  },
] as const satisfies readonly FlagDefinition[];
