import type { IntentSummary, SearchPage, SearchPlace, SearchQuery } from '../search.ts';
import { type Criteria, criteriaOf, cursorOf } from '../search.ts';
import type { PatientPool } from './patient-pool.ts';
import { type Ask, readWithin } from './read-within.ts';
import { type RecordRow, toRecord } from './record-row.ts';
import { actionsText, LOOKED_AT, placeOfTimeText, searchQuery } from './statements/search.ts';
import type { Tables } from './tables.ts';

type FoundRow = Omit<RecordRow, 'input' | 'result' | 'id'> & {
  /** `null` where nothing that was looked at matches. */
  readonly id: string | null;
  readonly xid: string;
  readonly entity: string | null;
  readonly last_xid: string;
  readonly last_id: string;
  readonly looked_at: number;
  readonly too_old: boolean;
};

/** Before every intent, the newest included. */
const BEGINNING: SearchPlace = {
  xid: '9223372036854775807',
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
};

/** Finds one page of intents, the newest first. */
export async function searchIntents(
  pool: PatientPool,
  tables: Tables,
  query: SearchQuery,
): Promise<SearchPage> {
  const criteria = criteriaOf(query);
  return readWithin(pool, async (ask) => {
    const actions = await actionsOf(ask, tables, criteria.action);
    if (actions.length === 0 || criteria.states?.length === 0) return { intents: [], next: null };
    const from = criteria.after ?? (await placeBefore(ask, tables, actions, criteria.to));
    return pageOf(await ask<FoundRow>(searchQuery(tables, criteria, from, actions)), criteria);
  });
}

/** Names the actions that a search is about. */
export async function actionsOf(ask: Ask, tables: Tables, only: string | null): Promise<string[]> {
  if (only !== null) return [only];
  const rows = await ask<{ action: string }>({ text: actionsText(tables), values: [] });
  return rows.map(({ action }) => action);
}

async function placeBefore(
  ask: Ask,
  tables: Tables,
  actions: readonly string[],
  to: Date | null,
): Promise<SearchPlace> {
  if (to === null) return BEGINNING;
  const [row] = await ask<{ xid: string | null }>({ text: placeOfTimeText(tables), values: [actions, to] });
  return { ...BEGINNING, xid: row?.xid ?? '0' };
}

function pageOf(rows: readonly FoundRow[], { limit }: Criteria): SearchPage {
  const [first] = rows;
  if (first === undefined) return { intents: [], next: null };
  const found = rows.filter((row) => row.id !== null);
  const intents = found.slice(0, limit).map(toSummary);
  const last = found[limit - 1];
  if (found.length > limit && last !== undefined && last.id !== null)
    return { intents, next: cursorOf({ xid: last.xid, id: last.id }) };
  const goesOn = first.looked_at === LOOKED_AT && !first.too_old;
  return { intents, next: goesOn ? cursorOf({ xid: first.last_xid, id: first.last_id }) : null };
}

function toSummary(row: FoundRow): IntentSummary {
  const { input, result, ...summary } = toRecord({ ...row, id: row.id ?? '', input: null, result: null });
  return { ...summary, entity: row.entity };
}
