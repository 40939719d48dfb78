import { authenticateClient } from "./client_authentication.ts";
import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { jsonReply } from "./recording_server.ts";
import { issueTokens } from "./token_answer.ts";
import type { Client, World } from "./world.ts";

/** The device authorization endpoint (RFC 8628 section 3.1). */
export async function answerDeviceAuthorization(
  world: World,
  request: RecordedRequest,
): Promise<FakeReply> {
  if (request.method !== "POST" || !world.options.deviceFlow) return { status: 404 };
  const form = new URLSearchParams(request.body);
  const authentication = await authenticateClient(world, request, form);
  if (!authentication.ok) return authentication.reply;
  world.counters.deviceAuthorizations++;
  const deviceCode = world.secret("device-code");
  const userCode = `WDJB-${String(world.counters.deviceAuthorizations).padStart(4, "0")}`;
  const { deviceCodeTtl, deviceInterval, defaultScope } = world.options;
  world.deviceCodes.set(deviceCode, {
    grant: {
      clientId: authentication.client.id,
      subject: "alice",
      resource: form.get("resource") ?? undefined,
      scope: form.get("scope") ?? defaultScope,
      revoked: false,
    },
    userCode,
    expiresAt: world.now() + deviceCodeTtl * 1000,
    decision: "pending",
    slowDown: false,
  });
  const page = `${world.authorizationOrigin}/activate`;
  return jsonReply(200, {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${userCode}`,
    expires_in: deviceCodeTtl,
    interval: deviceInterval,
  });
}

/** A poll of the token endpoint (RFC 8628 section 3.5). */
export function pollDevice(world: World, form: URLSearchParams, client: Client): FakeReply {
  world.counters.devicePolls++;
  const text = form.get("device_code") ?? "";
  const device = world.deviceCodes.get(text);
  if (device === undefined || device.grant.clientId !== client.id) {
    return jsonReply(400, { error: "invalid_grant" });
  }
  if (device.expiresAt <= world.now()) return jsonReply(400, { error: "expired_token" });
  if (device.slowDown) {
    device.slowDown = false;
    return jsonReply(400, { error: "slow_down" });
  }
  switch (device.decision) {
    case "pending":
      return jsonReply(400, { error: "authorization_pending" });
    case "denied":
      return jsonReply(400, { error: "access_denied" });
    case "approved":
      world.deviceCodes.delete(text);
      return issueTokens(world, device.grant, { refreshable: true });
  }
}
