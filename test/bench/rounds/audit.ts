import type { WorkReport } from '../child/orders.ts';

/**
 * Counts the effects of each job over all workers: nothing goes wrong in a round, so that each must have had exactly
 * its number, protected or not.
 *
 * @throws Error that begins with AUDIT when one had not.
 */
export function audit(reports: readonly Pick<WorkReport, 'effects'>[], wanted: number): void {
  const [first, ...others] = reports.map(({ effects }) => effects);
  const sums = Uint16Array.from(first ?? []);
  for (const other of others)
    for (const [job, count] of other.entries()) sums[job] = (sums[job] ?? 0) + count;
  const more = sums.filter((count) => count > wanted).length;
  const fewer = sums.filter((count) => count < wanted).length;
  if (more + fewer === 0) return;
  throw new Error(
    `AUDIT: each of ${sums.length} jobs should have had ${wanted} effect(s), but ${more} had more and ${fewer} had fewer`,
  );
}
