import type { TimedQuery } from './durability.ts';
import { INDEX_SETTINGS } from './index-settings.ts';
import type { PatientPool } from './patient-pool.ts';

/** Longest wait for a sweep's statement, in milliseconds: after a long outage it has much to read. */
const SWEEP_TIMEOUT_MS = 600_000;

/**
 * Runs a statement of the sweep, safe to send again, along an index: on a table that nobody has analysed yet the planner
 * would read and sort a whole backlog for each page of it.
 */
export function sweepRows<R>(pool: PatientPool, text: string, values: readonly unknown[]): Promise<R[]> {
  return pool.patiently(async ({ client }) => {
    const run = (sql: string, parameters: unknown[] = []) => {
      const query: TimedQuery = { text: sql, values: parameters, query_timeout: SWEEP_TIMEOUT_MS };
      return client.query(query);
    };
    await client.query(`begin; ${INDEX_SETTINGS}`);
    try {
      const { rows } = await run(text, [...values]);
      await run('commit');
      return rows as R[];
    } catch (error) {
      await run('rollback'); // where that fails too, the connection is gone
      throw error;
    }
  });
}
