import { inTransaction } from './in-transaction.ts';
import { INDEX_SETTINGS } from './index-settings.ts';
import type { PatientPool } from './patient-pool.ts';

/** Longest wait for a sweep's statement, in milliseconds: after a long outage it has much to read. */
const SWEEP_TIMEOUT_MS = 600_000;

/**
 * Runs a statement of the sweep, safe to send again, along an index: on a table that nobody has analysed yet the planner
 * would read and sort a whole backlog for each page of it.
 */
export function sweepRows<R>(pool: PatientPool, text: string, values: readonly unknown[]): Promise<R[]> {
  const how = { begin: `begin; ${INDEX_SETTINGS}`, timeoutMs: SWEEP_TIMEOUT_MS };
  return pool.patiently((loan) => inTransaction(loan, how, (run) => run<R>(text, values)));
}
