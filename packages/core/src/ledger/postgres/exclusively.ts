import type pg from 'pg';
import type { TimedQuery } from './durability.ts';
import type { PatientPool } from './patient-pool.ts';

/**
 * Runs `body` while a session of this process holds the advisory lock of `name`; answers `false` where another holds it.
 *
 * The lock is the session's: it is gone when the process dies, or when the connection breaks while `body` runs. So it
 * spares work; what `body` does must be right without it.
 */
export async function exclusively(
  pool: PatientPool,
  name: string,
  body: () => Promise<void>,
): Promise<boolean> {
  const { client } = await pool.lend();
  const says = (call: string) => yes(client, call, name, pool.queryTimeoutMs);
  let healthy = false;
  try {
    const held = await says('pg_try_advisory_lock');
    if (!held) {
      healthy = true;
      return false;
    }
    try {
      await body();
    } finally {
      healthy = await says('pg_advisory_unlock').catch(() => false);
    }
    return true;
  } finally {
    client.release(!healthy);
  }
}

async function yes(client: pg.ClientBase, call: string, name: string, timeoutMs: number): Promise<boolean> {
  const query: TimedQuery = {
    text: `select ${call}(hashtextextended($1, 0)) as yes`,
    values: [name],
    query_timeout: timeoutMs,
  };
  const { rows } = await client.query<{ yes: boolean }>(query);
  return rows[0]?.yes ?? false;
}
