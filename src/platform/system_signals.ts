import type { EndingSignal, Signals } from "./signals.ts";

type Listener = readonly [signal: Deno.Signal, meaning: EndingSignal];

const POSIX: readonly Listener[] = [
  ["SIGINT", "SIGINT"],
  ["SIGTERM", "SIGTERM"],
  ["SIGHUP", "SIGHUP"],
];

/** Windows has Ctrl-C, Ctrl-Break and, in newer runtimes, the closing of the console. */
const WINDOWS: readonly Listener[] = [
  ["SIGINT", "SIGINT"],
  ["SIGBREAK", "SIGTERM"],
  ["SIGHUP", "SIGHUP"],
];

/** The signals of the operating system. */
export const SYSTEM_SIGNALS: Signals = { onEnding };

function onEnding(callback: (signal: EndingSignal) => void): () => void {
  const undo: (() => void)[] = [];
  for (const [signal, meaning] of Deno.build.os === "windows" ? WINDOWS : POSIX) {
    const listener = () => callback(meaning);
    try {
      Deno.addSignalListener(signal, listener);
    } catch {
      // This runtime does not know the signal: it ends the process as it always did.
      continue;
    }
    undo.push(() => Deno.removeSignalListener(signal, listener));
  }
  return () => {
    for (const step of undo.splice(0)) step();
  };
}
