import { STATES } from '../states.ts';
import type { StateCount } from './search.ts';

/** Adds up the counts of all actions; a sum is exact where each part is. */
export function sumOfCounts(counts: readonly StateCount[]): StateCount[] {
  return STATES.flatMap((state) => {
    const parts = counts.filter((count) => count.state === state);
    if (parts.length === 0) return [];
    return [
      {
        action: null,
        state,
        count: parts.reduce((sum, { count }) => sum + count, 0),
        exact: parts.every(({ exact }) => exact),
      },
    ];
  });
}
