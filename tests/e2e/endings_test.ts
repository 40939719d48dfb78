import { assert, assertEquals } from "@std/assert";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { neverAnswer, onMethod } from "../support/fake_server/faults.ts";
import { initializeParams } from "../support/stdio_peer.ts";
import { until } from "../support/until.ts";

/**
 * In milliseconds; the two seconds of the bridge's own clock are measured in `end_time_test.ts`, and
 * the machine may be ten times slower than usual.
 */
const END_WITHIN = 20_000;

type Ending = "EOF" | "SIGTERM" | "SIGINT" | "SIGHUP";

const EXIT_CODES: Readonly<Record<Ending, number>> = {
  EOF: 0,
  SIGTERM: 143,
  SIGINT: 130,
  SIGHUP: 129,
};

/** Windows knows no signals that a program could answer to. */
const ENDINGS: readonly Ending[] = Deno.build.os === "windows"
  ? ["EOF"]
  : ["EOF", "SIGTERM", "SIGINT", "SIGHUP"];

/** Where in its life the bridge is when it is told to end. */
interface Phase {
  readonly name: string;
  readonly prepare: (server: FakeServer) => void;
  readonly reach: (bridge: BridgeProcess, server: FakeServer) => Promise<void>;
  /** What becomes of the session: there is none, it is deleted, or nobody answers the DELETE. */
  readonly session: "none" | "deleted" | "unanswered";
}

const PHASES: readonly Phase[] = [
  {
    name: "before it was sent anything",
    prepare: () => {},
    reach: async (bridge) => await until("the start", () => bridge.stderr.includes("Bridging")),
    session: "none",
  },
  {
    name: "while initialize waits for a silent server",
    prepare: (server) => void server.inject({ act: neverAnswer }),
    reach: async (bridge, server) => {
      await bridge.peer.start("initialize", initializeParams("2025-06-18"));
      await server.waitForMessage("initialize");
    },
    session: "none",
  },
  {
    name: "while it is idle",
    prepare: () => {},
    reach: async (bridge, server) => {
      await bridge.peer.initialize();
      await server.waitForRequests("GET");
    },
    session: "deleted",
  },
  {
    name: "during a call",
    prepare: () => {},
    reach: async (bridge, server) => {
      await bridge.peer.initialize();
      await bridge.peer.startCall("slow", { ms: 60_000 });
      await until("the call", () => server.executions("tools/call slow") === 1);
    },
    session: "deleted",
  },
  {
    name: "during a stream",
    prepare: (server) => void (server.behaviour.reply = "sse"),
    reach: async (bridge, server) => {
      await bridge.peer.initialize();
      await bridge.peer.startCall("ask", { method: "never/answered" });
      await server.waitForMessage("tools/call");
      await bridge.peer.waitFor("never/answered");
    },
    session: "deleted",
  },
  {
    name: "while the server is frozen in a call",
    prepare: () => {},
    reach: async (bridge, server) => {
      await bridge.peer.initialize();
      await bridge.peer.startCall("slow", { ms: 60_000 });
      await until("the call", () => server.executions("tools/call slow") === 1);
      // Else a connection could be idle, and the last request be lost on it.
      await server.waitForRequests("GET");
      server.freezeConnections();
      server.inject({ act: neverAnswer });
    },
    session: "unanswered",
  },
];

for (const phase of PHASES) {
  for (const ending of ENDINGS) {
    Deno.test(`bridge ends on ${ending} ${phase.name}`, async () => {
      await using server = FakeServer.start();
      phase.prepare(server);
      await using bridge = BridgeProcess.start([server.url.href]);
      await phase.reach(bridge, server);
      if (ending === "EOF") await bridge.endStdin();
      else bridge.signal(ending);
      assertEquals(await bridge.exit(END_WITHIN), EXIT_CODES[ending]);
      if (phase.session !== "none") await server.waitForRequests("DELETE");
      assertEquals(server.requestsOf("DELETE").length, phase.session === "none" ? 0 : 1);
      assertEquals(server.sessions.size, phase.session === "unanswered" ? 1 : 0);
    });
  }
}

Deno.test("bridge answers what is still open when a signal ends it", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const call = await bridge.peer.startCall("slow", { ms: 60_000 });
  await until("the call", () => server.executions("tools/call slow") === 1);
  bridge.signal("SIGTERM");
  assert("error" in await call.answer);
});

Deno.test("bridge still answers quick calls whose client has ended its input", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const ended = Promise.withResolvers<void>();
  server.inject({
    when: onMethod("tools/call"),
    act: async (exchange) => {
      await ended.promise;
      const result = '{"jsonrpc":"2.0","id":"quick","result":{"content":[]}}';
      await exchange.reply(200, { "content-type": "application/json" }, result);
    },
  });
  const call = await bridge.peer.start("tools/call", { name: "quick" }, "quick");
  await server.waitForMessage("tools/call");
  await bridge.endStdin();
  ended.resolve();
  assert("result" in await call.answer);
  assertEquals(await bridge.exit(), 0);
});

Deno.test("bridge ends when its client stops reading", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await bridge.closeStdout();
  await bridge.peer.startCall("echo", { text: "into the void" });
  assertEquals(await bridge.exit(END_WITHIN), 0);
  assertEquals(server.requestsOf("DELETE").length, 1);
});

Deno.test("bridge ends while a stream floods a client that does not read", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  // What a full pipe has taken may end anywhere.
  await using bridge = BridgeProcess.start([server.url.href], { mayEndWithinLine: true });
  await bridge.peer.initialize();
  bridge.pauseReading();
  await bridge.peer.startCall("progress", { count: 100_000 });
  await until("the call", () => server.executions("tools/call progress") === 1);
  bridge.signal("SIGTERM");
  assertEquals(await bridge.exitCode(END_WITHIN), 143);
});

Deno.test("bridge needs no HOME and no environment", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href], { env: {} });
  const response = await bridge.peer.initialize();
  assert("result" in response);
  await bridge.endStdin();
  assertEquals(await bridge.exit(), 0);
});

Deno.test("bridge is idle when it has nothing to do", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  // On a slow machine the work of the start may not be over yet.
  await until("half a second with at most 5 hundredths of work", async () => {
    const before = processorTicks(bridge.pid);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return processorTicks(bridge.pid) - before <= 5;
  });
});

Deno.test("bridge takes a last line that has no newline", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  bridge.peer.expect("last");
  await bridge.peer.sendRaw('{"jsonrpc":"2.0","id":"last","method":"ping"}');
  await bridge.endStdin();
  assert("result" in await bridge.peer.answerTo("last", "ping"));
  assertEquals(await bridge.exit(), 0);
});

/** The processor time that a process has used, in clock ticks (hundredths of a second on Linux). */
function processorTicks(pid: number): number {
  if (Deno.build.os !== "linux") return 0;
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

Deno.test("bridge delivers a notification that came right before the end of its input", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const method = "notifications/roots/list_changed";
  let taken = false;
  server.inject({
    when: onMethod(method),
    act: async (exchange) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      taken = server.requestsOf("DELETE").length === 0;
      await exchange.reply(202);
    },
  });
  await bridge.peer.notify(method);
  await bridge.endStdin();
  assertEquals(await bridge.exit(), 0);
  assertEquals(taken, true);
});
