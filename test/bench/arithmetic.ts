/** Share of a round's jobs that is not measured: connections are made, plans and code get warm. */
export const WARM_UP = 0.2;

/** A figure over several rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which the share `q` of all values lies, by linear interpolation; NaN of nothing. */
export function quantile(values: Iterable<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** The middle of some values; of an even number, the mean of the two in the middle. */
export function median(values: Iterable<number>): number {
  return quantile(values, 0.5);
}

/** Median, least and greatest of some values. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** How many of a round's jobs belong to the warm-up. */
export function warmUpOf(jobs: number): number {
  return Math.floor(jobs * WARM_UP);
}

/** Jobs a second from the end of the warm-up to the last acknowledgement, given when each was acknowledged, in milliseconds. */
export function rateAfterWarmUp(acknowledgedAt: Iterable<number>): number {
  const sorted = Float64Array.from(acknowledgedAt).sort();
  const first = warmUpOf(sorted.length);
  const from = sorted[Math.max(first - 1, 0)] as number;
  const to = sorted.at(-1) as number;
  return (sorted.length - Math.max(first, 1)) / ((to - from) / 1_000);
}

/**
 * Median of the ratios of each round to the same round of another: what slows the whole machine for a while slows both,
 * and cancels out. Rounds that only one of them has are left out; NaN if there is none.
 */
export function ratioOf(rounds: readonly (number | null)[], base: readonly (number | null)[]): Spread {
  const ratios = rounds.flatMap((one, round) => {
    const other = base[round] ?? null;
    return one === null || other === null ? [] : [one / other];
  });
  return spreadOf(ratios);
}
