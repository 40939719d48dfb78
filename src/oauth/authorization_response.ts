import { printable } from "./network_text.ts";
import type { ReceiverVerdict } from "./ports.ts";

/** What an authorization response is compared with: recorded before the browser was sent away. */
export interface ExpectedResponse {
  readonly state: string;
  /** The issuer of the validated metadata. */
  readonly issuer: string;
  /** `authorization_response_iss_parameter_supported`. */
  readonly issParameterSupported: boolean;
}

/** What the authorization server answered. Texts are printable. */
export type AuthorizationAnswer =
  | { readonly kind: "code"; readonly code: string }
  /** The server says no (RFC 6749 section 4.1.2.1). */
  | { readonly kind: "error"; readonly error: string; readonly description?: string }
  /** The response must not be used, nor anything in it be shown (RFC 9207 section 2.4). */
  | { readonly kind: "invalid"; readonly why: string };

/**
 * Judges the parameters of a request to the redirect URI: first `state`, without which it is not an
 * answer to our request at all; then `iss` (RFC 9207 section 2.4, simple string comparison); only
 * then `error` and `code`. A parameter that stands twice is none.
 */
export function judgeAuthorizationResponse(
  parameters: URLSearchParams,
  expected: ExpectedResponse,
): ReceiverVerdict<AuthorizationAnswer> {
  if (single(parameters, "state") !== expected.state) return { kind: "stray" };
  return { kind: "answer", answer: judgeAnswer(parameters, expected) };
}

function judgeAnswer(parameters: URLSearchParams, expected: ExpectedResponse): AuthorizationAnswer {
  if (parameters.has("iss")) {
    if (single(parameters, "iss") !== expected.issuer) {
      return { kind: "invalid", why: "it comes from another issuer than the one that was asked" };
    }
  } else if (expected.issParameterSupported) {
    return {
      kind: "invalid",
      why: "it does not name its issuer, which this authorization server promises to do (RFC 9207)",
    };
  }
  const error = single(parameters, "error");
  if (error !== undefined && error !== "") {
    const description = printable(single(parameters, "error_description") ?? "");
    return {
      kind: "error",
      error: printable(error, 60),
      ...(description === "" ? {} : { description }),
    };
  }
  const code = single(parameters, "code");
  if (code === undefined || code === "") {
    return { kind: "invalid", why: "it holds neither a code nor an error" };
  }
  return { kind: "code", code };
}

function single(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}
