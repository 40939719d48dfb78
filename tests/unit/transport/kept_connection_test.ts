import { assert, assertEquals } from "@std/assert";
import { frameOf } from "../../../src/jsonrpc/message_frame.ts";
import { OpenRequests } from "../../../src/jsonrpc/open_requests.ts";
import { KeptConnection } from "../../../src/transport/http_sse/kept_connection.ts";
import { Session } from "../../../src/transport/session.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";
import { endpointStream } from "./endpoint_stream.ts";
import { transportContext } from "./transport_context.ts";

/** A server whose streams end when a test says so. */
class Streams {
  readonly clock = new FakeClock();
  /** When each stream was opened, on the clock. */
  readonly opened: number[] = [];
  readonly #ends: (() => void)[] = [];
  readonly context = {
    ...transportContext(new OpenRequests(), {
      exchange: () => {
        const over = Promise.withResolvers<void>();
        this.opened.push(this.clock.now());
        this.#ends.push(over.resolve);
        return Promise.resolve(endpointStream(over.promise));
      },
      dropIdleConnections: () => {},
      close: () => {},
    }),
    clock: this.clock,
  };

  /** Ends the newest stream, and waits until `kept` has noticed. */
  async end(kept: KeptConnection): Promise<void> {
    const { current } = kept;
    this.#ends.at(-1)?.();
    await until("the end to be noticed", () => kept.current !== current);
  }
}

/** Keeps a stream of a session that is established; `renew` opens that anew. */
async function keepOne(
  { context }: Streams,
  renew: (kept: KeptConnection) => Promise<boolean>,
): Promise<KeptConnection> {
  const session = new Session();
  const closing = new AbortController().signal;
  const kept: KeptConnection = new KeptConnection(context, {
    session,
    intercept: () => false,
    closing,
    renew: () => renew(kept),
    onUse: () => {},
    onLost: () => {},
  });
  assertEquals((await kept.connect(closing)).kind, "connected");
  session.establish(undefined, frameOf({ jsonrpc: "2.0", id: 1, result: {} }));
  return kept;
}

Deno.test("KeptConnection opens another stream for one that ends while its session is opened anew", async () => {
  const streams = new Streams();
  let renewals = 0;
  const kept = await keepOne(streams, async (kept) => {
    if (++renewals === 1) await streams.end(kept);
    return true;
  });
  await streams.end(kept);
  await untilPassing(streams.clock, "a session over a third stream", () => renewals === 2, 50);
  assert(await kept.ready() !== undefined);
  assertEquals(streams.opened.length, 3);
});

Deno.test("KeptConnection opens streams that end soon ever more rarely, and one after a lasting one at once", async () => {
  const streams = new Streams();
  const { clock, opened } = streams;
  const kept = await keepOne(streams, () => Promise.resolve(true));
  for (let count = 1; count <= 10; count++) {
    await untilPassing(clock, "a stream", () => kept.current !== undefined, 500);
    assertEquals(opened.length, count);
    await streams.end(kept);
  }
  await untilPassing(clock, "a stream", () => kept.current !== undefined, 500);
  const last = (opened.at(-1) ?? 0) - (opened.at(-2) ?? 0);
  assert(last >= 10_000, `the last stream came after ${last} ms`);
  await clock.advance(10_000);
  await streams.end(kept);
  await until("a stream", () => kept.current !== undefined);
  assertEquals(opened.at(-1), clock.now());
});
