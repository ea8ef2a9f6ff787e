import type { IntentRecord } from '../record.ts';
import {
  type CountQuery,
  type Criteria,
  criteriaOf,
  cursorOf,
  type IntentSummary,
  type OldestPending,
  type SearchPage,
  type SearchQuery,
  type StateCount,
} from '../search.ts';
import { sumOfCounts } from '../sum-of-counts.ts';
import type { MemoryRow } from './memory-row.ts';

/** What a search needs of the ledger in memory. */
export interface SearchedRows {
  readonly rows: Iterable<MemoryRow>;
  /** The intent of an id, an earlier key version's included. */
  rowOf(id: string): MemoryRow | undefined;
  show(row: MemoryRow): IntentRecord;
}

/** Finds one page of intents, the newest first. */
export function searchRows(searched: SearchedRows, query: SearchQuery): SearchPage {
  const criteria = criteriaOf(query);
  const { after, limit } = criteria;
  const named = new Set(criteria.text?.ids.map((id) => searched.rowOf(id)));
  const found = [...searched.rows]
    .filter((row) => matches(row, criteria, named) && (after === null || row.place < Number(after.xid)))
    .sort((a, b) => b.place - a.place);
  const last = found[limit - 1];
  const more = found.length > limit && last !== undefined;
  return {
    intents: found.slice(0, limit).map((row) => summaryOf(row, searched.show(row))),
    next: more ? cursorOf({ xid: String(last.place), id: last.submission.id }) : null,
  };
}

/** Counts intents by state. */
export function countRows(
  rows: Iterable<MemoryRow>,
  { action, byAction = false }: CountQuery,
): readonly StateCount[] {
  const counted = [...rows].filter(
    (row) => !row.purged && (action ?? row.submission.action) === row.submission.action,
  );
  const byState = Map.groupBy(counted, (row) => `${row.submission.action} ${row.state}`);
  const counts = [...byState.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ action: first.submission.action, state: first.state, count: same.length, exact: true }];
  });
  return byAction ? counts : sumOfCounts(counts);
}

function matches(row: MemoryRow, criteria: Criteria, named: ReadonlySet<MemoryRow | undefined>): boolean {
  const { text, action, states, scope, entities, externalId, from, to } = criteria;
  const { submission, createdAt } = row;
  const objects = row.purged ? [] : [row.externalId, ...row.superseded.map((before) => before.externalId)];
  return (
    (text === null ? !row.purged : named.has(row) || objects.includes(text.externalId)) &&
    (action === null || submission.action === action) &&
    (states === null || states.includes(row.state)) &&
    (scope === null || submission.scope === scope) &&
    (entities === null || entities.includes(submission.entity?.id ?? '')) &&
    (externalId === null || objects.includes(externalId)) &&
    (from === null || createdAt >= from.getTime()) &&
    (to === null || createdAt < to.getTime())
  );
}

function summaryOf({ submission }: MemoryRow, record: IntentRecord): IntentSummary {
  const { input, result, ...summary } = record;
  return { ...summary, entity: submission.entity?.id ?? null };
}

/** Tells the age of each action's oldest pending intent. */
export function oldestPendingRows(rows: Iterable<MemoryRow>, now: number): readonly OldestPending[] {
  const pending = [...rows].filter(({ state }) => state === 'pending');
  const byAction = Map.groupBy(pending, ({ submission }) => submission.action);
  return [...byAction].map(([action, same]) => ({
    action,
    ageMs: now - Math.min(...same.map(({ createdAt }) => createdAt)),
  }));
}
