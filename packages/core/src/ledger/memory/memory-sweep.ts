import { isFinal } from '../../states.ts';
import type { SweepCursor } from '../ledger.ts';
import type { MemoryRow } from './memory-row.ts';

/** Unfinished intents of an action after a place in the order of submission. */
export function openRows(
  rows: Iterable<MemoryRow>,
  action: string,
  after: SweepCursor | null,
  limit: number,
): MemoryRow[] {
  const from = after === null ? -1 : Number(after);
  return [...rows]
    .filter((row) => row.submission.action === action && !isFinal(row.state) && row.place > from)
    .slice(0, limit);
}

/** Finished intents of an action whose replay window is over. */
export function purgeableRows(rows: Iterable<MemoryRow>, action: string, now: number): MemoryRow[] {
  return [...rows].filter(
    ({ submission, finishedAt, purged }) =>
      submission.action === action &&
      !purged &&
      finishedAt !== null &&
      finishedAt + submission.replayWindowMs < now,
  );
}
