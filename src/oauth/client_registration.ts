import { parseJsonObject, sentenceOf, stringMember } from "./network_text.ts";
import type { TextReply } from "./oauth_exchange.ts";
import type { ClientInformation } from "./ports.ts";
import type { JsonObject } from "../jsonrpc/frame.ts";

/** What a registration asks for. */
export interface RegistrationWish {
  readonly clientName: string;
  /** The one redirect URI; absent for the device grant, which has none. */
  readonly redirectUri?: string;
  /** The scope that will be asked for. */
  readonly scope?: string;
  readonly grantTypes: readonly string[];
  /** `token_endpoint_auth_methods_supported` of the server. */
  readonly supportedMethods?: readonly string[];
  /** The user's own metadata, merged over all this (`--static-oauth-client-metadata`). */
  readonly overrides?: JsonObject;
}

/**
 * The client metadata to register (RFC 7591 section 2). Exactly one redirect URI, because servers
 * exist that look at the first alone; `application_type: native`, because a loopback redirect is
 * refused to web clients (OpenID Connect Registration section 2). The scope that will be asked for,
 * because servers exist that give a client no scope which it did not register.
 */
export function registrationRequest(wish: RegistrationWish): JsonObject {
  const { redirectUri, scope } = wish;
  return {
    client_name: wish.clientName,
    ...(redirectUri === undefined
      ? { response_types: [] }
      : { redirect_uris: [redirectUri], response_types: ["code"] }),
    grant_types: wish.grantTypes,
    token_endpoint_auth_method: registrationMethod(wish.supportedMethods),
    application_type: "native",
    ...(scope === undefined ? {} : { scope }),
    ...wish.overrides,
    ...(redirectUri === undefined ? {} : { redirect_uris: [redirectUri] }),
  };
}

/**
 * A program on the user's machine keeps no secret: `none` where the server takes public clients; else
 * the first of the server's own list that we can do, which is what it has most likely been tried with.
 */
function registrationMethod(supported: readonly string[] | undefined): string {
  if (supported === undefined || supported.includes("none")) return "none";
  const known = ["client_secret_basic", "client_secret_post"];
  return supported.find((method) => known.includes(method)) ?? "none";
}

/** What a reply to a registration request says. Texts are printable. */
export type RegistrationVerdict =
  | { readonly kind: "registered"; readonly client: ClientInformation }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unavailable"; readonly why: string };

/**
 * Judges the reply to a registration request (RFC 7591 section 3.2).
 * @param key The issuer and the redirect URI that were registered
 * @param now Wall-clock time, milliseconds since the Unix epoch
 */
export function judgeRegistrationReply(
  reply: TextReply,
  key: { readonly issuer: string; readonly redirectUri: string },
  now: number,
): RegistrationVerdict {
  const document = parseJsonObject(reply.text);
  if (reply.status !== 201 && reply.status !== 200) return refusal(reply);
  if (document === undefined) {
    const page = reply.mediaType === "text/html" || /^\s*</.test(reply.text);
    return { kind: "refused", why: page ? "it answered with a web page" : "it answered no JSON" };
  }
  const clientId = stringMember(document, "client_id");
  if (clientId === undefined) return { kind: "refused", why: "its answer holds no client_id" };
  const clientSecret = stringMember(document, "client_secret");
  const method = stringMember(document, "token_endpoint_auth_method");
  const expires = document["client_secret_expires_at"];
  const expiresAt = typeof expires === "number" && expires > 0 ? expires * 1000 : undefined;
  return {
    kind: "registered",
    client: {
      version: 1,
      ...key,
      clientId,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(method === undefined ? {} : { tokenEndpointAuthMethod: method }),
      ...(expiresAt === undefined || clientSecret === undefined
        ? {}
        : { clientSecretExpiresAt: expiresAt }),
      registeredAt: now,
    },
  };
}

function refusal(reply: TextReply): RegistrationVerdict {
  const said = sentenceOf(reply.text);
  const why = `it answered HTTP ${reply.status}${said === "" ? "" : `: ${said}`}`;
  const isPassing = reply.status >= 500 || reply.status === 429 || reply.status === 408;
  return { kind: isPassing ? "unavailable" : "refused", why };
}
