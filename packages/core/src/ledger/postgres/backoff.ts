/** Pause before a new try, in milliseconds, doubled up to the second number. */
const BACKOFF_MS = [50, 2_000] as const;

/** Milliseconds to wait after so many failures in a row: short at first, since most outages are. */
export function backoffMs(failures: number): number {
  return Math.min(BACKOFF_MS[0] * 2 ** failures, BACKOFF_MS[1]);
}
