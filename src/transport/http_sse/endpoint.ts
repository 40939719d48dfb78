/** What the `endpoint` event of a server says. */
export type Endpoint =
  | { readonly kind: "endpoint"; readonly url: URL }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Reads the `endpoint` event (2024-11-05, transports, "HTTP with SSE"): a URL, absolute or relative to
 * the stream's own. Another origin is refused, since messages and credentials would go there.
 */
export function parseEndpoint(data: string, stream: URL): Endpoint {
  const text = data.trim();
  if (text === "" || !URL.canParse(text, stream)) {
    return { kind: "refused", why: "the endpoint it names is no URL" };
  }
  const url = new URL(text, stream);
  if (url.origin !== stream.origin) {
    return { kind: "refused", why: `the endpoint it names is on another origin (${url.origin})` };
  }
  url.hash = "";
  return { kind: "endpoint", url };
}
