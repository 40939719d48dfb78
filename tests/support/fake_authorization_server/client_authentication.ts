import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { jsonReply } from "./recording_server.ts";
import type { Client, World } from "./world.ts";

/** A client that proved who it is, or the answer for one that did not. */
export type Authentication =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly reply: FakeReply };

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Client authentication at the token endpoint (RFC 6749 section 2.3, RFC 7523 section 2.2). */
export async function authenticateClient(
  world: World,
  request: RecordedRequest,
  form: URLSearchParams,
): Promise<Authentication> {
  const basic = parseBasic(request.headers["authorization"]);
  const assertion = form.get("client_assertion");
  if (assertion !== null) return await byAssertion(world, form, assertion);
  const { clientIdBesideBasic } = world.options;
  if (clientIdBesideBasic === "demanded" && !form.has("client_id")) {
    return invalid("Missing client_id");
  }
  if (clientIdBesideBasic === "refused" && basic !== undefined && form.has("client_id")) {
    return invalid("Cannot supply multiple client credentials");
  }
  const id = basic?.id ?? form.get("client_id") ?? "";
  const secret = basic?.secret ?? form.get("client_secret") ?? undefined;
  if (basic !== undefined && form.has("client_secret")) return invalid("two methods at once");
  const method = basic !== undefined
    ? "client_secret_basic"
    : secret === undefined
    ? "none"
    : "client_secret_post";
  const client = world.client(id);
  if (client === undefined) return invalid("no such client");
  const allowed = world.options.tokenEndpointAuthMethods ?? ["client_secret_basic"];
  if (!allowed.includes(method)) return invalid(`${method} is not supported`);
  if (client.secret === undefined) {
    return secret === undefined ? { ok: true, client } : invalid("this client has no secret");
  }
  if (secret !== client.secret) return invalid("wrong secret");
  if (client.secretExpiresAt <= world.now()) return invalid("the secret has expired");
  return { ok: true, client };
}

async function byAssertion(
  world: World,
  form: URLSearchParams,
  assertion: string,
): Promise<Authentication> {
  world.secrets.add(assertion);
  if (form.get("client_assertion_type") !== JWT_BEARER) return invalid("client_assertion_type");
  const [head, payload, signature, ...rest] = assertion.split(".");
  if (head === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return invalid("the assertion is no JWT");
  }
  const header = decodePart(head);
  const claims = decodePart(payload);
  const client = world.client(String(claims["sub"] ?? ""));
  if (client?.publicKey === undefined) return invalid("no key for this client");
  if (claims["iss"] !== client.id) return invalid("iss is not the client");
  if (form.has("client_id") && form.get("client_id") !== client.id) return invalid("client_id");
  const audiences: readonly unknown[] = Array.isArray(claims["aud"])
    ? claims["aud"]
    : [claims["aud"]];
  const accepted = [world.issuer, `${world.authorizationOrigin}/token`];
  if (!audiences.some((one) => typeof one === "string" && accepted.includes(one))) {
    return invalid("aud");
  }
  if (!(Number(claims["exp"]) * 1000 > world.now())) return invalid("exp");
  const id = String(claims["jti"] ?? "");
  if (id === "" || world.assertionIds.has(id)) return invalid("jti");
  world.assertionIds.add(id);
  const algorithm = ALGORITHMS[String(header["alg"])];
  if (algorithm === undefined) return invalid("alg");
  const key = await crypto.subtle.importKey("jwk", client.publicKey, algorithm, false, ["verify"]);
  const good = await crypto.subtle.verify(
    algorithm,
    key,
    decodeBase64Url(signature),
    new TextEncoder().encode(`${head}.${payload}`),
  );
  return good ? { ok: true, client } : invalid("signature");
}

const ALGORITHMS: Readonly<
  Record<string, { readonly name: string; readonly hash: string; readonly namedCurve?: string }>
> = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519", hash: "" },
};

function invalid(description: string): Authentication {
  const reply = jsonReply(401, { error: "invalid_client", error_description: description }, {
    "www-authenticate": 'Basic realm="token"',
  });
  return { ok: false, reply };
}

function parseBasic(field: string | undefined): { id: string; secret: string } | undefined {
  const match = /^Basic (.+)$/i.exec(field ?? "");
  if (match?.[1] === undefined) return undefined;
  const text = atob(match[1]);
  const colon = text.indexOf(":");
  const decode = (part: string) => decodeURIComponent(part.replaceAll("+", " "));
  return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
}

function decodePart(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder().decode(decodeBase64Url(part)));
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
