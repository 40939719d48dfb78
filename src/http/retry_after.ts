/**
 * The wait that a `Retry-After` field asks for, in milliseconds (RFC 9110, section 10.2.3).
 * @param wallTime the time now, milliseconds since the Unix epoch, for the form with a date
 * @returns `undefined` when there is no field or it makes no sense
 */
export function parseRetryAfter(value: string | undefined, wallTime: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes much else for a date, "-1" for instance.
  const date = /^[A-Z][a-z]+,? .*GMT$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallTime);
}
