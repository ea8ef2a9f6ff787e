import type { State } from '../../states.ts';
import type { CountQuery, StateCount } from '../search.ts';
import { sumOfCounts } from '../sum-of-counts.ts';
import type { PatientPool } from './patient-pool.ts';
import { type Ask, readWithin } from './read-within.ts';
import { actionsOf } from './search-intents.ts';
import { countsQuery, estimateText } from './statements/counts.ts';
import type { Tables } from './tables.ts';

interface CountRow {
  readonly state: State;
  readonly count: number;
  readonly exact: boolean;
}

/** Counts intents by state: one by one as far as that is quick, beyond that by estimate. */
export async function countIntents(
  pool: PatientPool,
  tables: Tables,
  { action, byAction = false }: CountQuery,
): Promise<readonly StateCount[]> {
  return readWithin(pool, async (ask) => {
    const counts: StateCount[] = [];
    for (const name of await actionsOf(ask, tables, action ?? null)) {
      counts.push(...(await countsOf(ask, tables, name)));
    }
    return byAction ? counts : sumOfCounts(counts);
  });
}

async function countsOf(ask: Ask, tables: Tables, action: string): Promise<StateCount[]> {
  const rows = await ask<CountRow>(countsQuery(tables, action));
  const counted = await Promise.all(
    rows.map(async (row) => {
      if (row.state !== 'succeeded' || row.exact) return row;
      return { ...row, count: Math.max(row.count, await estimate(ask, tables, action)) };
    }),
  );
  return counted.filter(({ count }) => count > 0).map((row) => ({ action, ...row }));
}

async function estimate(ask: Ask, tables: Tables, action: string): Promise<number> {
  const [row] = await ask<{ 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] }>({
    text: estimateText(tables),
    values: [action],
  });
  return row?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
}
