import { isLoopback } from "./addresses.ts";
import type { HttpRequest } from "../platform/http_client.ts";

/** What to do about a reply with a 3xx status. */
export type RedirectVerdict =
  | { readonly kind: "follow"; readonly url: URL; readonly sameOrigin: boolean }
  | { readonly kind: "refuse"; readonly reason: string };

/** The most redirects followed for one request. */
export const MAX_REDIRECTS = 5;

const REDIRECTS = new Set([301, 302, 307, 308]);

/** Whether the status asks for the same request at another place. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status) || status === 303;
}

/**
 * Decides about a redirect (RFC 9110, section 15.4). Method and body are kept for 301 and 302 as well:
 * RFC 9110 allows that, and a POST turned into a GET would lose the message.
 */
export function judgeRedirect(
  request: Pick<HttpRequest, "method" | "url">,
  status: number,
  location: string | undefined,
): RedirectVerdict {
  if (location === undefined) return refuse("the redirect names no place to go to");
  const url = URL.canParse(location, request.url) ? new URL(location, request.url) : undefined;
  if (url === undefined) return refuse("the redirect's target is no URL");
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return refuse("the redirect leads out of HTTP");
  }
  if (url.username !== "" || url.password !== "") return refuse("the redirect carries credentials");
  if (status === 303 && request.method === "POST") {
    return refuse("the server redirects the message to a page (303)");
  }
  if (request.url.protocol === "https:" && url.protocol === "http:") {
    return refuse("the redirect leads from https to http");
  }
  if (isLoopback(url) && !isLoopback(request.url)) {
    return refuse("the redirect leads to this machine");
  }
  return { kind: "follow", url, sameOrigin: url.origin === request.url.origin };
}

function refuse(reason: string): RedirectVerdict {
  return { kind: "refuse", reason };
}
