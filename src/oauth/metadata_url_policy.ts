import { classifyHost } from "./host_class.ts";

/** Whether a URL from the network may be used. */
export type UrlVerdict =
  | { readonly kind: "allowed"; readonly url: URL }
  /** `reason` completes "the URL is refused because ..."; it holds nothing unprintable. */
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Decides whether a document from the network may send us (or the user's browser) to `value`. A
 * server that is trusted with requests is not trusted to choose targets inside this machine or its
 * network's plumbing:
 *
 * - https everywhere; plain http only between a server and targets that are both on loopback, or on
 *   the very host of a server that the user reaches by plain http;
 * - loopback and link-local addresses only if the server itself is there;
 * - no credentials in the URL, no other scheme, no character that a URL may not have.
 *
 * Private addresses over https are allowed: companies run a public server beside a private
 * authorization server, and TLS says who answers.
 */
export function judgeMetadataUrl(value: string, server: URL): UrlVerdict {
  if (!URL.canParse(value)) return refused("it is not a URL");
  const url = new URL(value);
  // The bytes go on as they are, to programs that may read them less forgivingly than the URL parser.
  if (!/^[\x21-\x7e]+$/.test(value) || /["<>\\`]/.test(value)) {
    return refused("it has characters that no URL may have");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return refused(`its scheme is ${url.protocol.slice(0, -1)}, not https`);
  }
  if (!/^https?:\/\/[^/]/i.test(value)) return refused("it names no host");
  if (url.username !== "" || url.password !== "") return refused("it carries credentials");
  const place = classifyHost(url);
  const serverPlace = classifyHost(server);
  const sameHost = url.hostname === server.hostname;
  if (place === "loopback" && serverPlace !== "loopback") {
    return refused("it leads to this machine, and the server is elsewhere");
  }
  if (place === "link_local" && !sameHost) return refused("it leads to a link-local address");
  if (url.protocol === "http:") {
    const local = place === "loopback" && serverPlace === "loopback";
    const sameAsServer = sameHost && server.protocol === "http:";
    if (!local && !sameAsServer) return refused("it is plain http; https is required");
  }
  return { kind: "allowed", url };
}

function refused(reason: string): UrlVerdict {
  return { kind: "refused", reason };
}
