import { authenticate, type OAuthClient } from "./client_authentication.ts";
import { judgeMetadataUrl } from "./metadata_url_policy.ts";
import { parseJsonObject, printable, sentenceOf, stringMember } from "./network_text.ts";
import type { OAuthExchange, TextReply } from "./oauth_exchange.ts";
import type { AuthorizationServerSummary } from "./ports.ts";
import type { TokenReply } from "./token_reply.ts";
import type { Clock } from "../platform/clock.ts";

/** A device authorization (RFC 8628 section 3.2). The device code is a secret. */
export interface DeviceAuthorization {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  /** How long the codes live, milliseconds. */
  readonly lifetime: number;
  /** Shortest time between two polls, milliseconds. */
  readonly interval: number;
}

/** What a device authorization endpoint answered. `why` is printable. */
export type DeviceAuthorizationReply =
  | { readonly kind: "authorized"; readonly authorization: DeviceAuthorization }
  | { readonly kind: "invalid_client" | "invalid_target" | "refused"; readonly why: string }
  | { readonly kind: "unavailable"; readonly why: string };

const DEFAULT_INTERVAL = 5;
const SLOW_DOWN = 5_000;
const DEFAULT_LIFETIME = 600;
const LONGEST_LIFETIME = 3600;
const LONGEST_INTERVAL = 60_000;

/** Judges the reply to a device authorization request. What the user is to open must pass the URL policy. */
export function judgeDeviceAuthorizationReply(
  reply: TextReply,
  server: URL,
): DeviceAuthorizationReply {
  const document = parseJsonObject(reply.text);
  if (reply.status >= 500 || reply.status === 429 || reply.status === 408) {
    return { kind: "unavailable", why: `HTTP ${reply.status}` };
  }
  const error = document === undefined ? undefined : stringMember(document, "error");
  if (reply.status !== 200 || document === undefined || error !== undefined) {
    const said = sentenceOf(reply.text);
    const why = `HTTP ${reply.status}${said === "" ? "" : `: ${said}`}`;
    if (error === "invalid_client" || error === "unauthorized_client") {
      return { kind: "invalid_client", why };
    }
    return { kind: error === "invalid_target" ? "invalid_target" : "refused", why };
  }
  return judgeDocument(document, server);
}

function judgeDocument(
  document: { readonly [member: string]: unknown },
  server: URL,
): DeviceAuthorizationReply {
  const deviceCode = stringMember(document, "device_code");
  const userCode = stringMember(document, "user_code");
  // Google writes "verification_url".
  const uri = stringMember(document, "verification_uri") ??
    stringMember(document, "verification_url");
  if (deviceCode === undefined || userCode === undefined || uri === undefined) {
    return { kind: "refused", why: "the answer lacks a code or the verification URI" };
  }
  const verdict = judgeMetadataUrl(uri, server);
  if (verdict.kind === "refused") {
    return { kind: "refused", why: `its verification URI is refused: ${verdict.reason}` };
  }
  const complete = stringMember(document, "verification_uri_complete");
  const usable = complete !== undefined && judgeMetadataUrl(complete, server).kind === "allowed";
  return {
    kind: "authorized",
    authorization: {
      deviceCode,
      userCode: printable(userCode, 60),
      verificationUri: uri,
      ...(usable ? { verificationUriComplete: complete } : {}),
      lifetime: 1000 * bounded(document["expires_in"], DEFAULT_LIFETIME, LONGEST_LIFETIME),
      interval: 1000 * bounded(document["interval"], DEFAULT_INTERVAL, LONGEST_INTERVAL / 1000),
    },
  };
}

function bounded(value: unknown, fallback: number, longest: number): number {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number <= 0) return fallback;
  return Math.min(Math.max(number, 1), longest);
}

/** Whom to ask for device codes, and for what. */
export interface DeviceAuthorizationRequest {
  readonly endpoint: string;
  readonly server: AuthorizationServerSummary;
  readonly client: OAuthClient;
  readonly scope?: string;
  readonly resource?: string;
}

/**
 * Asks for a device and a user code (RFC 8628 section 3.1).
 * @param mcpServer The MCP server, by whose place URLs are judged
 * @throws {HttpFailure}
 */
export async function requestDeviceAuthorization(
  exchange: OAuthExchange,
  request: DeviceAuthorizationRequest,
  options: { readonly mcpServer: URL; readonly signal?: AbortSignal },
): Promise<DeviceAuthorizationReply> {
  const form = new URLSearchParams();
  if (request.scope !== undefined) form.set("scope", request.scope);
  if (request.resource !== undefined) form.set("resource", request.resource);
  const { server } = request;
  const headers = await authenticate(form, request.client, {
    audience: server.issuer,
    ...(server.tokenEndpointAuthMethods === undefined
      ? {}
      : { supported: server.tokenEndpointAuthMethods }),
  });
  // Public clients name themselves in the form; confidential ones too, as RFC 8628 asks for it.
  form.set("client_id", request.client.clientId);
  const reply = await exchange.postForm(new URL(request.endpoint), form, {
    headers,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return judgeDeviceAuthorizationReply(reply, options.mcpServer);
}

/**
 * Polls until the user has decided or the codes have expired (RFC 8628 section 3.5): slower by five
 * seconds for each `slow_down`, and twice as slow after each poll that had no answer.
 * @param poll One token request
 * @returns The deciding reply; `dead_grant` when the codes expired
 * @throws `signal.reason` when the signal is aborted
 */
export async function pollForTokens(
  poll: () => Promise<TokenReply>,
  authorization: DeviceAuthorization,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<TokenReply> {
  const { clock, signal } = options;
  const end = clock.now() + authorization.lifetime;
  let interval = authorization.interval;
  for (;;) {
    await clock.sleep(interval, signal);
    signal.throwIfAborted();
    if (clock.now() >= end) {
      return { kind: "dead_grant", why: "the code expired before it was used" };
    }
    const reply = await poll();
    if (reply.kind === "slow_down") interval += SLOW_DOWN;
    else if (reply.kind === "transient") interval = Math.min(interval * 2, LONGEST_INTERVAL);
    else if (reply.kind !== "pending") return reply;
  }
}
