import { resourceMetadataUrl } from "./discovery.ts";
import { answerMessage } from "./mcp_endpoint.ts";
import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { jsonReply } from "./recording_server.ts";
import type { Grant, Token, World } from "./world.ts";

/** The MCP endpoint behind its bearer check (RFC 6750). */
export function answerProtectedResource(world: World, request: RecordedRequest): FakeReply {
  const { options, counters } = world;
  counters.mcpRequests++;
  if (options.mcpQuery !== "" && !request.target.endsWith(options.mcpQuery)) {
    return { status: 404, body: "No such key" };
  }
  const field = request.headers["authorization"];
  if (field === undefined) {
    return options.anonymous
      ? answerMessage(world, request, undefined)
      : unauthorized(world, undefined);
  }
  const token = presentedToken(world, field);
  if (token === undefined) return unauthorized(world, "invalid_token");
  const call = toolCalled(request.body);
  if (!world.isLive(token)) {
    const expiredOnly = !token.revoked && !token.grant.revoked;
    return expiredOnly && options.expiredTokenAnswer === "tool_error" && call !== undefined
      ? answerMessage(world, request, "expired")
      : unauthorized(world, "invalid_token");
  }
  if (!isForThisResource(world, token.grant)) return unauthorized(world, "invalid_token");
  const needed = call === undefined ? undefined : options.toolScopes[call];
  const held = token.grant.scope.split(" ");
  if (needed !== undefined && (options.stepUp === "stuck" || !held.includes(needed))) {
    return insufficientScope(world, needed);
  }
  return answerMessage(world, request, token.grant);
}

function presentedToken(world: World, field: string): Token | undefined {
  const text = /^Bearer (.+)$/i.exec(field)?.[1] ?? "";
  return world.options.bearer === "id_token"
    ? world.idTokens.get(text)
    : world.accessTokens.get(text);
}

function isForThisResource(world: World, grant: Grant): boolean {
  return grant.resource === undefined || grant.resource === world.publishedResource ||
    world.options.resourceParameter !== "byte_equal";
}

function unauthorized(world: World, error: string | undefined): FakeReply {
  world.counters.unauthorized++;
  const { challenge, challengeScope } = world.options;
  const metadata = resourceMetadataUrl(world);
  const parameters = [
    'realm="a \\"quoted\\", realm"',
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(challengeScope === undefined ? [] : [`scope="${challengeScope}"`]),
    ...(metadata === undefined ? [] : [`resource_metadata="${metadata}"`]),
  ].join(", ");
  const fields = {
    none: undefined,
    bearer: `Bearer ${parameters}`,
    several: `Negotiate, Digest realm="d", nonce="resource_metadata", bEaReR ${parameters}, ` +
      `Basic realm="b"`,
  };
  const field = fields[challenge];
  return jsonReply(
    401,
    { error: error ?? "unauthorized" },
    field === undefined ? {} : { "www-authenticate": field },
  );
}

function insufficientScope(world: World, needed: string): FakeReply {
  world.counters.forbidden++;
  const metadata = resourceMetadataUrl(world);
  return jsonReply(403, { error: "insufficient_scope" }, {
    "www-authenticate": `Bearer error="insufficient_scope", scope="${needed}"` +
      (metadata === undefined ? "" : `, resource_metadata="${metadata}"`),
  });
}

function toolCalled(body: string): string | undefined {
  try {
    const message: unknown = JSON.parse(body);
    if (typeof message !== "object" || message === null) return undefined;
    const { method, params } = { method: undefined, params: undefined, ...message };
    if (method !== "tools/call" || typeof params !== "object" || params === null) return undefined;
    const { name } = { name: undefined, ...(params as object) };
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
