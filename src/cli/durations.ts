/** The longest delay that a timer takes; longer ones are as good as that. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Seconds, as a flag gives them, in whole milliseconds; only a plain 0 becomes 0. */
export function toMilliseconds(seconds: string): number {
  const milliseconds = Math.min(Math.round(Number(seconds) * 1000), LONGEST_TIMER);
  return Number(seconds) > 0 ? Math.max(1, milliseconds) : 0;
}
