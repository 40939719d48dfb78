/**
 * Ports from 1024 on that browsers refuse to load (Fetch standard, "bad port"): a redirect to one of
 * them never comes back.
 */
const BLOCKED: ReadonlySet<number> = new Set([
  1719,
  1720,
  1723,
  2049,
  3659,
  4045,
  4190,
  5060,
  5061,
  6000,
  6566,
  6665,
  6666,
  6667,
  6668,
  6669,
  6679,
  6697,
  10080,
]);

/** The port, or the next one that browsers do load. */
export function unblockedPort(port: number): number {
  return BLOCKED.has(port) ? unblockedPort(port + 1) : port;
}
