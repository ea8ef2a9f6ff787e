import type { PatientPool } from './patient-pool.ts';
import { purgeStragglersText, purgeText } from './statements/purge.ts';
import { sweepRows } from './sweep-rows.ts';
import type { Tables } from './tables.ts';

/** Purges one page in the order of submission, and one of stragglers; answers how many intents became tombstones. */
export async function purgeIntents(
  pool: PatientPool,
  tables: Tables,
  page: { action: string; limit: number },
): Promise<number> {
  let purged = 0;
  for (const text of [purgeText(tables), purgeStragglersText(tables)]) {
    const [row] = await sweepRows<{ purged: number }>(pool, text, [page.action, page.limit]);
    purged += row?.purged ?? 0;
  }
  return purged;
}
