import type { OAuthExchange, TextReply } from "./oauth_exchange.ts";
import { parseJsonObject, stringMember } from "./network_text.ts";

/** Whether the authorization server still takes a client that was registered earlier. */
export type PreFlightVerdict = "known" | "forgotten" | "undecided";

const FORGOTTEN_ERRORS = new Set(["invalid_client", "unauthorized_client", "invalid_client_id"]);
/** Some servers give a client no more scope than it registered: a step-up needs a new registration. */
const UNUSABLE_ERRORS = new Set([...FORGOTTEN_ERRORS, "invalid_scope"]);
const FORM = /<form\b|<input\b|type\s*=\s*["']?password/i;

/**
 * Judges what the authorization endpoint answers a visitor without cookies. A server that forgot the
 * client says so in one of many ways: an OAuth error as JSON, 400, 401, 404 or 422 with a page that
 * offers nothing to fill in, or a redirect back with `invalid_client` or `invalid_scope`. A sign-in
 * page is none of them, whatever its status; a 403, a 405 or a 5xx says nothing about the client.
 */
export function judgePreFlightReply(reply: TextReply, redirectUri: string): PreFlightVerdict {
  const { status } = reply;
  if (status >= 300 && status < 400) return judgeRedirect(reply, redirectUri);
  const document = parseJsonObject(reply.text);
  const error = document === undefined ? undefined : stringMember(document, "error");
  if (error !== undefined && FORGOTTEN_ERRORS.has(error.toLowerCase())) return "forgotten";
  if (status >= 200 && status < 300) return "known";
  if (status !== 400 && status !== 401 && status !== 404 && status !== 422) return "undecided";
  return FORM.test(reply.text) ? "known" : "forgotten";
}

function judgeRedirect(reply: TextReply, redirectUri: string): PreFlightVerdict {
  if (reply.location === undefined || !URL.canParse(reply.location, reply.url)) return "undecided";
  const target = new URL(reply.location, reply.url);
  const error = target.searchParams.get("error")?.toLowerCase();
  const back = new URL(redirectUri);
  const comesBack = target.origin === back.origin && target.pathname === back.pathname;
  return comesBack && error !== undefined && UNUSABLE_ERRORS.has(error) ? "forgotten" : "known";
}

/**
 * Asks the authorization endpoint, without following anywhere, whether it still knows the client.
 * @throws `signal.reason` when the signal is aborted
 */
export async function checkClientIsKnown(
  exchange: OAuthExchange,
  request: { readonly authorizationUrl: string; readonly redirectUri: string },
  signal?: AbortSignal,
): Promise<PreFlightVerdict> {
  try {
    const reply = await exchange.getPage(new URL(request.authorizationUrl), signal);
    return judgePreFlightReply(reply, request.redirectUri);
  } catch {
    signal?.throwIfAborted();
    return "undecided";
  }
}
