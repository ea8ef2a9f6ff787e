import type pg from 'pg';

/**
 * Runs `body` while this session holds the advisory lock of `name`; answers `false` where another holds it.
 *
 * The lock is the session's: it is gone when the process dies.
 */
export async function exclusively(pool: pg.Pool, name: string, body: () => Promise<void>): Promise<boolean> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ held: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as held',
      [name],
    );
    if (!rows[0]?.held) return false;
    try {
      await body();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
    }
    return true;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}
