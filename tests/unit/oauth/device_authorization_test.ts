import { assertEquals, assertRejects } from "@std/assert";
import {
  judgeDeviceAuthorizationReply,
  pollForTokens,
} from "../../../src/oauth/device_authorization.ts";
import type { TokenReply } from "../../../src/oauth/token_reply.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { type ReplyRow, textReply } from "./text_reply.ts";

const SERVER = new URL("https://mcp.example.com/mcp");
const BODY = {
  device_code: "d",
  user_code: "WDJB-MJHT",
  verification_uri: "https://as.example/device",
  verification_uri_complete: "https://as.example/device?user_code=WDJB-MJHT",
  expires_in: 900,
  interval: 7,
};

Deno.test("judgeDeviceAuthorizationReply() reads the whole answer", () => {
  assertEquals(judgeDeviceAuthorizationReply(textReply({ body: BODY }), SERVER), {
    kind: "authorized",
    authorization: {
      deviceCode: "d",
      userCode: "WDJB-MJHT",
      verificationUri: "https://as.example/device",
      verificationUriComplete: "https://as.example/device?user_code=WDJB-MJHT",
      lifetime: 900_000,
      interval: 7_000,
    },
  });
});

Deno.test("judgeDeviceAuthorizationReply() fills in the interval and reads Google's spelling", () => {
  const body = { device_code: "d", user_code: "u", verification_url: "https://as.example/d" };
  const reply = judgeDeviceAuthorizationReply(textReply({ body }), SERVER);
  const authorization = reply.kind === "authorized" ? reply.authorization : undefined;
  assertEquals(authorization?.interval, 5_000);
  assertEquals(authorization?.verificationUri, "https://as.example/d");
});

const REFUSALS: readonly (readonly [string, ReplyRow, string])[] = [
  ["a hostile URI", { body: { ...BODY, verification_uri: "javascript:x" } }, "refused"],
  ["a loopback URI", { body: { ...BODY, verification_uri: "https://127.0.0.1/" } }, "refused"],
  ["no code", { body: { ...BODY, device_code: "" } }, "refused"],
  ["invalid_client", { status: 401, body: { error: "invalid_client" } }, "invalid_client"],
  ["invalid_target", { status: 400, body: { error: "invalid_target" } }, "invalid_target"],
  ["invalid_scope", { status: 400, body: { error: "invalid_scope" } }, "refused"],
  ["503", { status: 503 }, "unavailable"],
];

for (const [what, row, kind] of REFUSALS) {
  Deno.test(`judgeDeviceAuthorizationReply() says ${kind} for ${what}`, () => {
    assertEquals(judgeDeviceAuthorizationReply(textReply(row), SERVER).kind, kind);
  });
}

const CODES = {
  deviceCode: "d",
  userCode: "u",
  verificationUri: "https://as.example/d",
  lifetime: 60_000,
  interval: 5_000,
};

/** Polls against scripted replies; each reply is paired with the time at which it was asked for. */
async function poll(replies: readonly TokenReply["kind"][], duration: number) {
  const clock = new FakeClock();
  const times: number[] = [];
  const next = (): Promise<TokenReply> => {
    const kind = replies[times.length] ?? "pending";
    times.push(clock.now());
    return Promise.resolve(
      kind === "tokens" ? { kind, tokens: { accessToken: "a" } } : { kind, why: "x" },
    );
  };
  const signal = new AbortController().signal;
  const polling = pollForTokens(next, CODES, { clock, signal });
  await clock.advance(duration);
  return { reply: (await polling).kind, times };
}

Deno.test("pollForTokens() waits the interval before each poll", async () => {
  const { reply, times } = await poll(["pending", "pending", "tokens"], 20_000);
  assertEquals([reply, times], ["tokens", [5_000, 10_000, 15_000]]);
});

Deno.test("pollForTokens() is five seconds slower after each slow_down", async () => {
  const { times } = await poll(["slow_down", "pending", "slow_down", "tokens"], 60_000);
  assertEquals(times, [5_000, 15_000, 25_000, 40_000]);
});

Deno.test("pollForTokens() is twice as slow after a poll without an answer, and goes on", async () => {
  const { reply, times } = await poll(["transient", "transient", "tokens"], 60_000);
  assertEquals([reply, times], ["tokens", [5_000, 15_000, 35_000]]);
});

Deno.test("pollForTokens() ends when the codes expire", async () => {
  const { reply, times } = await poll([], 60_000);
  assertEquals([reply, times.at(-1)], ["dead_grant", 55_000]);
});

for (const kind of ["denied", "dead_grant", "refused"] as const) {
  Deno.test(`pollForTokens() ends with ${kind}`, async () => {
    assertEquals((await poll([kind], 10_000)).reply, kind);
  });
}

Deno.test("pollForTokens() ends at once when it is told to", async () => {
  const clock = new FakeClock();
  const end = new AbortController();
  const never = () => Promise.reject(new Error("must not poll"));
  const polling = pollForTokens(never, CODES, { clock, signal: end.signal });
  end.abort(new Error("told to"));
  await assertRejects(() => polling, Error, "told to");
});
