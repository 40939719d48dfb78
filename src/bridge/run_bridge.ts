import type { Clock, Timer } from "../platform/clock.ts";
import type { EndingSignal, Signals } from "../platform/signals.ts";
import type { StandardStreams } from "../platform/standard_streams.ts";
import type { Line } from "../stdio/line_reader.ts";
import { LineWriter } from "../stdio/line_writer.ts";
import { Bridge, type BridgeParts } from "./bridge.ts";
import { LinePump } from "./line_pump.ts";
import { watchForWake } from "./wake_watch.ts";

/** What running a bridge takes. */
export interface BridgeRun extends Omit<BridgeParts, "writer"> {
  readonly streams: StandardStreams;
  readonly signals: Signals;
  /** Tells people that the bridge runs: from then on every signal ends it in good order. */
  readonly announce: () => void;
  /** Takes a callback URL that a person at the terminal pasted instead of a message. */
  readonly paste: ((text: string) => Promise<void>) | undefined;
  /** Ends what goes on beside the messages; resolves when it may be cut off. */
  readonly finish?: () => Promise<void>;
  /** Period of our own pings in milliseconds; `undefined`: none. */
  readonly pingInterval: number | undefined;
}

/** Why the bridge ends. */
type Ending = { readonly kind: "input_ended" | "output_closed" } | {
  readonly kind: "signal";
  readonly signal: EndingSignal;
};

const EXIT_CODES: Readonly<Record<EndingSignal, number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
};

/** Clients wait two seconds after closing the input before they kill; all of this fits well within. */
const GRACE = 1000;
const CLOSE_TIMEOUT = 400;
const FLUSH_TIMEOUT = 200;
/** From the end of the input; a token request under way gets what is left of it. */
const WHOLE_TIME = 1800;

/**
 * Runs a bridge until the client ends its input, stops reading, or a signal comes.
 * @returns the exit code of the process
 */
export async function runBridge(run: BridgeRun): Promise<number> {
  const { streams, clock, logger } = run;
  const ending = Promise.withResolvers<Ending>();
  const undoSignals = run.signals.onEnding((signal) => ending.resolve({ kind: "signal", signal }));
  run.announce();
  const writer = new LineWriter(
    (bytes) => streams.writeStdout(bytes),
    () => ending.resolve({ kind: "output_closed" }),
  );
  const bridge = new Bridge({ ...run, writer });
  const pump = new LinePump(() => streams.readStdin(), {
    maxLineBytes: run.maxMessageBytes,
    handle: (line) => bridge.fromClient(line),
    takeAtOnce: (line) => takePasted(line, run),
  });
  const timers = startTimers(run, bridge);
  pump.run().then(
    () => ending.resolve({ kind: "input_ended" }),
    (error) => {
      logger.debug("The input cannot be read any more", { error: String(error) });
      ending.resolve({ kind: "input_ended" });
    },
  );

  const end = await ending.promise;
  const endedAt = clock.now();
  logger.debug("The bridge ends", { why: end.kind === "signal" ? end.signal : end.kind });
  for (const timer of timers) timer.stop();
  if (end.kind === "input_ended") await letFinish(clock, bridge, pump);
  await atMost(clock, CLOSE_TIMEOUT + 100, bridge.close(CLOSE_TIMEOUT));
  await atMost(clock, FLUSH_TIMEOUT, writer.flush());
  if (run.finish !== undefined) {
    await atMost(clock, WHOLE_TIME - (clock.now() - endedAt), run.finish());
  }
  undoSignals();
  return end.kind === "signal" ? EXIT_CODES[end.signal] : 0;
}

/** What a person at the terminal pastes answers the very sign-in that later lines wait for. */
function takePasted(line: Line, { paste, logger }: BridgeRun): boolean {
  if (paste === undefined || line.kind !== "line") return false;
  const text = new TextDecoder().decode(line.bytes).trim();
  if (!/^https?:\/\//i.test(text)) return false;
  paste(text).catch((error) => logger.error(`Cannot take the pasted URL: ${error}`));
  return true;
}

function startTimers(run: BridgeRun, bridge: Bridge): readonly Timer[] {
  const wake = watchForWake(run.clock, () => {
    run.logger.info("The machine was asleep; reconnecting");
    bridge.refresh();
  });
  if (run.pingInterval === undefined) return [wake];
  return [wake, run.clock.every(run.pingInterval, () => void bridge.ping())];
}

/** The client wants no more, but may still read: answers under way get a moment to arrive. */
async function letFinish(clock: Clock, bridge: Bridge, pump: LinePump): Promise<void> {
  const finished = pump.idle().then(() => bridge.idle());
  await atMost(clock, GRACE, finished);
}

/** Waits for the work, but not longer than `limit` milliseconds. */
async function atMost(clock: Clock, limit: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work.catch(() => undefined), clock.sleep(limit, done.signal)]);
  done.abort();
}
