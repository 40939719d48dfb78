import type { Clock, Timer } from "./clock.ts";

/** The longest delay of a JavaScript timer; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The clock of the operating system. Delays beyond some 24 days are cut to that. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after,
  every,
  sleep,
};

function after(delay: number, callback: () => void): Timer {
  const id = setTimeout(callback, Math.min(delay, LONGEST_DELAY));
  return { stop: () => clearTimeout(id) };
}

function every(period: number, callback: () => void): Timer {
  const id = setInterval(callback, Math.min(period, LONGEST_DELAY));
  Deno.unrefTimer(id);
  return { stop: () => clearInterval(id) };
}

function sleep(delay: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = after(delay, end);
    signal?.addEventListener("abort", end, { once: true });
    function end(): void {
      timer.stop();
      signal?.removeEventListener("abort", end);
      resolve();
    }
  });
}
