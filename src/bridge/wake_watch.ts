import type { Clock, Timer } from "../platform/clock.ts";

const PERIOD = 5000;
/** A tick that comes this much later than due means that the machine slept, not that it was busy. */
const JUMP = 20_000;

/** Calls `onWake` when the wall clock jumps ahead, as it does when a machine wakes from sleep. */
export function watchForWake(clock: Clock, onWake: () => void): Timer {
  let last = clock.wallTime();
  return clock.every(PERIOD, () => {
    const now = clock.wallTime();
    const jumped = now - last > PERIOD + JUMP;
    last = now;
    if (jumped) onWake();
  });
}
