import type { Verdict } from '../ledger.ts';
import type { MemoryRow } from './memory-row.ts';

/** Whether a verdict may be carried out now: what must hold beside the state. */
export function holds(verdict: Verdict, row: MemoryRow, now: number): boolean {
  const left = (row.dueAt ?? 0) - now;
  switch (verdict) {
    case 'approve':
    case 'reject':
      return left > 0;
    case 'expire':
      return left <= 0;
    case 'cancel':
      return row.sentAt === null; // what may have reached the remote can't be called off
    case 'stale':
      return true;
  }
}
