import type { OldestPending } from '../search.ts';
import type { PatientPool } from './patient-pool.ts';
import { readWithin } from './read-within.ts';
import { actionsOf } from './search-intents.ts';
import { oldestPendingQuery } from './statements/oldest-pending.ts';
import type { Tables } from './tables.ts';

/** Tells of each action since when its oldest pending intent has been there. */
export async function oldestPending(pool: PatientPool, tables: Tables): Promise<readonly OldestPending[]> {
  return readWithin(pool, async (ask) => {
    const oldest: OldestPending[] = [];
    for (const action of await actionsOf(ask, tables, null)) {
      const [row] = await ask<{ age_ms: number | null }>(oldestPendingQuery(tables, action));
      if (row?.age_ms != null) oldest.push({ action, ageMs: row.age_ms });
    }
    return oldest;
  });
}
