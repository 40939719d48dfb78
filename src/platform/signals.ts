/** The signals that end the bridge. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Operating-system signals, as a port. */
export interface Signals {
  /** Calls `callback` for each ending signal instead of dying of it; returns a function that undoes it. */
  onEnding(callback: (signal: EndingSignal) => void): () => void;
}
