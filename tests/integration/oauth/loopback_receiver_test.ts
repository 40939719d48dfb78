import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { SILENT_LOGGER } from "../../../src/log/logger.ts";
import type { CallbackSettings } from "../../../src/oauth/callback_settings.ts";
import { LoopbackReceiver } from "../../../src/oauth/loopback_receiver.ts";
import type { ReceiverVerdict } from "../../../src/oauth/ports.ts";
import type {
  ListenOptions,
  ListenOutcome,
  LoopbackHandler,
  LoopbackListeners,
} from "../../../src/platform/loopback_listener.ts";
import { SYSTEM_CLOCK } from "../../../src/platform/system_clock.ts";
import { SystemLoopbackListeners } from "../../../src/platform/system_loopback_listener.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { quietPort } from "../../support/quiet_port.ts";

const SETTINGS: CallbackSettings = {
  defaultPort: 0,
  fixedPort: false,
  host: "127.0.0.1",
  path: "/oauth/callback",
};
const { signal: NEVER } = new AbortController();

function judge(parameters: URLSearchParams): ReceiverVerdict<string> {
  const isOurs = parameters.get("state") === "right";
  return isOurs ? { kind: "answer", answer: `${parameters.get("code")}` } : { kind: "stray" };
}

function realReceiver(settings: Partial<CallbackSettings> = {}): LoopbackReceiver {
  return new LoopbackReceiver({
    listeners: new SystemLoopbackListeners(SYSTEM_CLOCK),
    settings: { ...SETTINGS, ...settings },
    clock: SYSTEM_CLOCK,
    logger: SILENT_LOGGER,
  });
}

/** Listeners that open nothing: the ports in `taken` are in use, those in `denied` are refused. */
class ScriptedListeners implements LoopbackListeners {
  readonly tried: ListenOptions[] = [];
  readonly taken: Set<number>;
  readonly #denied: ReadonlySet<number>;

  constructor(taken: readonly number[] = [], denied: readonly number[] = []) {
    this.taken = new Set(taken);
    this.#denied = new Set(denied);
  }

  listen(options: ListenOptions, _handler: LoopbackHandler): Promise<ListenOutcome> {
    this.tried.push(options);
    const { port } = options;
    if (this.taken.has(port)) return Promise.resolve({ kind: "in_use" });
    if (this.#denied.has(port)) return Promise.resolve({ kind: "denied", reason: "reserved" });
    const listener = { port, complete: true, close: () => Promise.resolve() };
    return Promise.resolve({ kind: "listening", listener });
  }
}

function scripted(
  listeners: ScriptedListeners,
  settings: Partial<CallbackSettings> = {},
): { readonly receiver: LoopbackReceiver; readonly clock: FakeClock } {
  const clock = new FakeClock();
  const receiver = new LoopbackReceiver({
    listeners,
    clock,
    logger: SILENT_LOGGER,
    settings: {
      defaultPort: 4000,
      fixedPort: false,
      host: "localhost",
      path: "/oauth/callback",
      ...settings,
    },
  });
  return { receiver, clock };
}

Deno.test("LoopbackReceiver receives the answer from a browser and shows it how it ended", async () => {
  const receiver = realReceiver();
  const listening = await receiver.listen();
  const port = new URL(listening.redirectUri).port;
  assertEquals(listening.redirectUri, `http://127.0.0.1:${port}/oauth/callback`);
  const receiving = listening.receive(judge, NEVER);
  const stray = await fetch(`${listening.redirectUri}?code=evil&state=bogus`);
  assertEquals(stray.status, 400);
  await stray.body?.cancel();
  const page = fetch(`${listening.redirectUri}?code=a&state=right`);
  const received = await receiving;
  assertEquals(received.answer, "a");
  await received.showSuccess();
  await listening.close();
  const response = await page;
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("referrer-policy"), "no-referrer");
  assertStringIncludes(await response.text(), "You are signed in");
  await assertRejects(() => fetch(listening.redirectUri));
});

Deno.test("LoopbackReceiver listens again at once on the port that it gave up", async () => {
  const receiver = realReceiver({ defaultPort: quietPort() });
  const first = await receiver.listen();
  const receiving = first.receive(judge, NEVER);
  const page = fetch(`${first.redirectUri}?code=a&state=right`);
  await (await receiving).showFailure("no");
  await first.close();
  await (await page).body?.cancel();
  const { redirectUri } = first;
  const second = await receiver.listen({ redirectUri, strict: true });
  assertEquals(second.redirectUri, redirectUri);
  await second.close();
});

Deno.test("LoopbackReceiver.listen() walks on from the server's own port, and no further than told", async () => {
  const some = new ScriptedListeners([4000, 4002], [4001]);
  const listening = await scripted(some).receiver.listen();
  assertEquals(listening.redirectUri, "http://localhost:4003/oauth/callback");
  assertEquals(some.tried.map(({ port }) => port), [4000, 4001, 4002, 4003]);
  for (const { addresses, exclusive } of some.tried) {
    assertEquals([addresses, exclusive], [["127.0.0.1", "::1"], true]);
  }
  const all = new ScriptedListeners(Array.from({ length: 8 }, (_, index) => 4000 + index));
  const error = await assertRejects(() => scripted(all).receiver.listen(), CausewayError);
  assertEquals(error.code, "authorization-failed");
  assertStringIncludes(error.message, '"4000" to "4007"');
  assertEquals(all.tried.length, 8);
});

Deno.test("LoopbackReceiver.listen() keeps to a port that was given, and says what to do", async () => {
  const fixed = [
    { port: 3334 },
    { publicUrl: "http://localhost:3334/cb" },
    { defaultPort: 3334, fixedPort: true },
  ];
  for (const settings of fixed) {
    const listeners = new ScriptedListeners([], [3334]);
    const { receiver } = scripted(listeners, settings);
    const error = await assertRejects(() => receiver.listen(), CausewayError, '"3334"');
    assertEquals(error.code, "authorization-failed");
    assertStringIncludes(error.hint ?? "", "another port");
    assertEquals(listeners.tried.length, 1);
  }
});

Deno.test("LoopbackReceiver.listen() waits a little for a port that must be had", async () => {
  const listeners = new ScriptedListeners([4000]);
  const { receiver, clock } = scripted(listeners);
  const options = { redirectUri: "http://localhost:4000/oauth/callback", strict: true };
  const listening = receiver.listen(options);
  await clock.advance(500);
  listeners.taken.clear();
  await clock.advance(500);
  assertEquals((await listening).redirectUri, options.redirectUri);

  const busy = scripted(new ScriptedListeners([4000]));
  const failing = assertRejects(() => busy.receiver.listen(options), CausewayError, '"4000"');
  await busy.clock.advance(10_000);
  await failing;
});

Deno.test("LoopbackReceiver.listen() takes a redirect URI as it is, or walks on unless strict", async () => {
  const redirectUri = "http://127.0.0.1:28735/old/path";
  const free = new ScriptedListeners();
  const listening = await scripted(free).receiver.listen({ redirectUri, strict: false });
  assertEquals(listening.redirectUri, redirectUri);
  assertEquals(free.tried[0]?.addresses, ["127.0.0.1"]);
  const taken = new ScriptedListeners([28735]);
  const elsewhere = await scripted(taken).receiver.listen({ redirectUri, strict: false });
  assertEquals(elsewhere.redirectUri, "http://localhost:4000/oauth/callback");
});

Deno.test("LoopbackReceiver.listen() tells the redirect URI from where it listens", async () => {
  const publicUrl = "https://box.example/oauth/callback";
  const cases = [
    [{ publicUrl, port: 8080, bindAddress: "0.0.0.0" }, 8080, ["0.0.0.0"], publicUrl],
    [{ publicUrl }, 4000, ["127.0.0.1", "::1"], publicUrl],
    [
      { publicUrl: "http://localhost:7777/cb", port: 8080 },
      8080,
      ["127.0.0.1", "::1"],
      "http://localhost:7777/cb",
    ],
    [{ host: "[::1]" }, 4000, ["::1"], "http://[::1]:4000/oauth/callback"],
    [{ host: "my-box", path: "/cb" }, 4000, ["127.0.0.1", "::1"], "http://my-box:4000/cb"],
  ] as const;
  for (const [settings, port, addresses, redirectUri] of cases) {
    const listeners = new ScriptedListeners();
    const { receiver } = scripted(listeners, settings);
    assertEquals((await receiver.listen()).redirectUri, redirectUri);
    assertEquals(listeners.tried.map((one) => [one.port, one.addresses]), [[port, addresses]]);
    // The same when it is asked for by its redirect URI.
    const again = await receiver.listen({ redirectUri, strict: true });
    assertEquals(again.redirectUri, redirectUri);
    assertEquals(listeners.tried[1]?.port, port);
  }
});

Deno.test("LoopbackReceiver.paste() takes a callback URL from the terminal", async () => {
  const receiver = realReceiver();
  assertEquals((await receiver.paste("http://x/?code=a")).kind, "unusable");
  const listening = await receiver.listen();
  const receiving = listening.receive(judge, NEVER);
  for (const bad of ["hello", "https://evil.example/?code=a", "?state=wrong&code=a"]) {
    assertEquals((await receiver.paste(bad)).kind, "unusable", bad);
  }
  const pasted = await receiver.paste(` ${listening.redirectUri}?state=right&code=a\n`);
  assertEquals(pasted, { kind: "taken" });
  assertEquals((await receiving).answer, "a");
  await (await receiving).showSuccess();
  await listening.close();
  assert((await receiver.paste(`${listening.redirectUri}?state=right&code=a`)).kind === "unusable");
});
