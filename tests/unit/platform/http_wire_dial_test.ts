import { assert, assertEquals } from "@std/assert";
import { dial } from "../../../src/platform/http_wire_dial.ts";
import type { WireSocket } from "../../../src/platform/http_wire_runtime.ts";
import { wireTarget } from "../../../src/platform/http_wire_target.ts";
import { failureOf, FakeRuntime, settle } from "./http_wire_fakes.ts";

const TEN_SECONDS = 10_000;

function start(
  runtime: FakeRuntime,
  url: string,
  ipv4Only = false,
  signal = new AbortController().signal,
): Promise<WireSocket> {
  const target = wireTarget(new URL(url));
  return dial(target, { ipv4Only, connectTimeout: TEN_SECONDS, runtime }, signal);
}

/** Never connects; fails when given up. */
function blackHole(_hostname: string, _port: number, signal: AbortSignal): Promise<WireSocket> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

function refuse(): Promise<WireSocket> {
  return Promise.reject(new Deno.errors.ConnectionRefused("refused"));
}

Deno.test("dial() connects to an IP literal without looking anything up", async () => {
  const runtime = new FakeRuntime();
  runtime.lookup = () => Promise.reject(new Error("looked up"));
  await start(runtime, "http://192.0.2.1:81/");
  await start(runtime, "http://192.0.2.1/", true);
  await start(runtime, "http://[2001:db8::1]:82/");
  assertEquals(runtime.attempts, ["192.0.2.1:81", "192.0.2.1:80", "2001:db8::1:82"]);
  assertEquals(runtime.alarms, 0);
});

Deno.test("dial() takes localhost for both loopback addresses, or with ipv4Only for one", async () => {
  const runtime = new FakeRuntime();
  runtime.connecting = (hostname) =>
    hostname === "::1" ? refuse() : Promise.resolve(runtime.newSocket());
  await start(runtime, "http://localhost:81/");
  assertEquals(runtime.attempts.splice(0), ["::1:81", "127.0.0.1:81"]);
  await start(runtime, "http://a.localhost:81/", true);
  assertEquals(runtime.attempts, ["127.0.0.1:81"]);
});

Deno.test("dial() with ipv4Only asks for IPv4 addresses, and tries the next when one fails", async () => {
  const runtime = new FakeRuntime();
  runtime.lookup = (_, family) => Promise.resolve(family === 4 ? ["192.0.2.1", "192.0.2.2"] : []);
  runtime.connecting = (hostname) =>
    hostname === "192.0.2.1" ? refuse() : Promise.resolve(runtime.newSocket());
  await start(runtime, "http://example.test/", true);
  assertEquals(runtime.attempts, ["192.0.2.1:80", "192.0.2.2:80"]);
});

Deno.test("dial() with ipv4Only refuses an IPv6 literal", async () => {
  const failure = await failureOf(start(new FakeRuntime(), "http://[::1]:81/", true));
  assertEquals(summary(failure), "unreachable not_sent");
});

Deno.test("dial() tries further addresses beside one that does not answer", async () => {
  const runtime = new FakeRuntime();
  runtime.lookup = () => Promise.resolve(["192.0.2.1", "192.0.2.2"]);
  runtime.connecting = (hostname, port, signal) =>
    hostname === "192.0.2.2"
      ? Promise.resolve(runtime.newSocket())
      : blackHole(hostname, port, signal);
  const connection = start(runtime, "http://example.test/");
  await runtime.advance(249);
  assertEquals(runtime.attempts, ["example.test:80"]);
  await runtime.advance(1);
  assertEquals(runtime.attempts, ["example.test:80", "192.0.2.1:80"]);
  await runtime.advance(250);
  assertEquals(runtime.attempts, ["example.test:80", "192.0.2.1:80", "192.0.2.2:80"]);
  assertEquals(await connection, runtime.socket(0));
  assertEquals(runtime.alarms, 0);
});

Deno.test("dial() closes a connection that comes after another one has won", async () => {
  const runtime = new FakeRuntime();
  const late = Promise.withResolvers<WireSocket>();
  runtime.connecting = (hostname) =>
    hostname === "::1" ? late.promise : Promise.resolve(runtime.newSocket());
  const connection = start(runtime, "http://localhost/");
  await runtime.advance(20);
  await connection;
  const loser = runtime.newSocket();
  late.resolve(loser);
  await settle();
  assertEquals([runtime.socket(0).closed, loser.closed], [false, true]);
});

Deno.test("dial() aborts the attempts that lost, and not the one that won", async () => {
  const runtime = new FakeRuntime();
  const signals: AbortSignal[] = [];
  runtime.connecting = (hostname, port, signal) => {
    signals.push(signal);
    if (hostname === "::1") return blackHole(hostname, port, signal);
    return Promise.resolve(runtime.newSocket());
  };
  const connection = start(runtime, "http://localhost/");
  await runtime.advance(20);
  await connection;
  assertEquals(signals.map(({ aborted }) => aborted), [true, false]);
});

Deno.test("dial() gives up after the time-out, whatever it waits for", async () => {
  for (const waitsFor of ["connect", "lookup"]) {
    const runtime = new FakeRuntime();
    if (waitsFor === "connect") runtime.connecting = blackHole;
    else runtime.lookup = () => new Promise(() => {});
    const failure = failureOf(start(runtime, "http://example.test/", waitsFor === "lookup"));
    await runtime.advance(TEN_SECONDS);
    assertEquals(summary(await failure), "connect_timeout not_sent");
    assertEquals(runtime.alarms, 0);
  }
});

Deno.test("dial() ends when its signal is aborted", async () => {
  const runtime = new FakeRuntime();
  runtime.connecting = blackHole;
  const abort = new AbortController();
  const failure = failureOf(start(runtime, "http://192.0.2.1/", false, abort.signal));
  await settle();
  abort.abort();
  assertEquals(summary(await failure), "cancelled not_sent");
  assertEquals(runtime.alarms, 0);
});

Deno.test("dial() tells what went wrong in words for people", async () => {
  const errors: readonly [Error, string, string][] = [
    [new Deno.errors.ConnectionRefused("x (os error 111)"), "refused", "connection refused"],
    [coded("ECONNREFUSED"), "refused", "connection refused"],
    [new Deno.errors.TimedOut("x"), "connect_timeout", "the address does not answer"],
    [coded("EHOSTUNREACH"), "unreachable", "no route to the host"],
    [coded("ENETUNREACH"), "unreachable", "the network is unreachable"],
    [coded("EMFILE"), "unreachable", "the connection failed (EMFILE)"],
    [coded("ENOTFOUND"), "dns", "the host name has no address"],
    [coded("EAI_AGAIN"), "dns", "the host name has no address"],
    [new Error("failed to lookup address information"), "dns", "the host name has no address"],
  ];
  for (const [error, kind, what] of errors) {
    const runtime = new FakeRuntime();
    runtime.connecting = () => Promise.reject(error);
    const failure = await failureOf(start(runtime, "http://u:secret@example.test:81/p?q=secret"));
    assertEquals(summary(failure), `${kind} not_sent`);
    const { message } = failure as Error;
    assertEquals(message, `Cannot reach "http://example.test:81": ${what}`);
  }
});

Deno.test("dial() reports the most telling of several errors", async () => {
  const unreachable = coded("EADDRNOTAVAIL");
  const refused = coded("ECONNREFUSED");
  for (const [first, second] of [[unreachable, refused], [refused, unreachable]]) {
    const runtime = new FakeRuntime();
    runtime.connecting = (hostname) => Promise.reject(hostname === "::1" ? first : second);
    const failure = await failureOf(start(runtime, "http://localhost:81/"));
    assertEquals(summary(failure), "refused not_sent");
    assert((failure as { hint?: string }).hint?.includes("running"));
  }
});

function coded(code: string): Error {
  return Object.assign(new Error("x"), { code });
}

function summary(failure: unknown): string {
  const { kind, delivery } = failure as { readonly kind: string; readonly delivery: string };
  return `${kind} ${delivery}`;
}
