import type { PatientPool } from './patient-pool.ts';
import type { Tables } from './tables.ts';

/** Adds an entry to an intent's history. */
export async function note(
  pool: PatientPool,
  tables: Tables,
  id: string,
  entry: { event: string; attempt: number; actor: string; detail?: object },
): Promise<void> {
  const detail = entry.detail === undefined ? null : JSON.stringify(entry.detail);
  await pool.rows(
    `insert into ${tables.history} (intent_id, event, attempt, actor, detail) values ($1, $2, $3, $4, $5)`,
    [id, entry.event, entry.attempt, entry.actor, detail],
  );
}
