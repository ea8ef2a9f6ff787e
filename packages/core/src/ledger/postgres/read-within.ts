import { InvalidQuery } from '../../errors.ts';
import { inTransaction } from './in-transaction.ts';
import { INDEX_SETTINGS } from './index-settings.ts';
import type { PatientPool } from './patient-pool.ts';
import type { Query } from './statements/search.ts';

/** Longest that a search may take in the database, in milliseconds. Ordinary ones take a few. */
export const SEARCH_TIMEOUT_MS = 5_000;

/** What a reading asks the database. */
export type Ask = <R>(query: Query) => Promise<R[]>;

/** SQLSTATE of a statement that was cancelled for its time. */
const CANCELLED = '57014';

/** Each branch of a search walks an index in its order and stops early. */
export const SEARCH_SETTINGS: string = `${INDEX_SETTINGS}; set local statement_timeout = ${SEARCH_TIMEOUT_MS}`;

/**
 * Runs `read` in a transaction that sees one state of the ledger, and changes nothing.
 *
 * @throws {InvalidQuery} when a statement takes too long; it isn't tried again.
 */
export async function readWithin<T>(pool: PatientPool, read: (ask: Ask) => Promise<T>): Promise<T> {
  const begin = `begin transaction isolation level repeatable read read only; ${SEARCH_SETTINGS}`;
  const how = { begin, timeoutMs: pool.queryTimeoutMs };
  const done = await pool.patiently(async (loan) => {
    try {
      return {
        value: await inTransaction(loan, how, (run) => read(({ text, values }) => run(text, values))),
      };
    } catch (error) {
      if ((error as { code?: unknown }).code === CANCELLED) return 'too long';
      throw error;
    }
  });
  if (done !== 'too long') return done.value;
  throw new InvalidQuery(
    `the search took longer than ${SEARCH_TIMEOUT_MS / 1_000} s: name an action, a state or a shorter time, or try again later`,
  );
}
