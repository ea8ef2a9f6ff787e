import { CompiledQuery } from 'kysely';
import { IntentUnknown } from '../../errors.ts';
import type { CallersTransaction, Submission, Submitted } from '../ledger.ts';
import type { TimedQuery } from './durability.ts';
import { newRecord } from './new-record.ts';
import type { Loan, PatientPool } from './patient-pool.ts';
import { type RecordRow, toRecord } from './record-row.ts';
import { findText } from './statements/find.ts';
import { takePreviousIdsText } from './statements/previous-keys.ts';
import { submissionValues, submitText } from './statements/submit.ts';
import type { Tables } from './tables.ts';

type Query = <R>(text: string, values: readonly unknown[]) => Promise<R[]>;

/** Writes an intent inside a caller's transaction, so that it commits or rolls back with the caller's own writes. */
export async function submitInTransaction(
  tables: Tables,
  tx: CallersTransaction,
  submission: Submission,
): Promise<Submitted> {
  const query = queryOf(tx);
  const submitted = await write(tables, query, submission);
  const [xid] = await query<{ xid: string }>('select pg_current_xact_id()::text as xid', []);
  return xid === undefined ? submitted : { ...submitted, transaction: xid.xid };
}

/** Writes an intent and takes its earlier key versions' ids with it, all or nothing. */
export function submitWithPreviousIds(
  pool: PatientPool,
  tables: Tables,
  submission: Submission,
): Promise<Submitted> {
  return pool.patiently(async (loan) => {
    const query = timedQueryOf(loan, pool.queryTimeoutMs);
    await query('begin', []);
    try {
      const submitted = await write(tables, query, submission);
      await query('commit', []);
      return submitted;
    } catch (error) {
      await query('rollback', []); // where that fails too, the connection is gone, and the transaction with it
      throw error;
    }
  });
}

async function write(tables: Tables, query: Query, submission: Submission): Promise<Submitted> {
  const taken = await existing(tables, query, [submission.id, ...submission.previousIds]);
  if (taken !== undefined) return { created: false, record: taken };
  await query('savepoint latchkey_submit', []);
  const rows = await query<{ created_ms: number }>(submitText(tables), submissionValues([submission]));
  const free = await freePreviousIds(tables, query, submission);
  if (rows[0] !== undefined && free === submission.previousIds.length) {
    await query('release savepoint latchkey_submit', []);
    return { created: true, record: newRecord(submission, rows[0].created_ms) };
  }
  // somebody else committed one of the ids since we looked: theirs is the first
  await query('rollback to savepoint latchkey_submit', []);
  const first = await existing(tables, query, [submission.id, ...submission.previousIds]);
  if (first === undefined) throw new IntentUnknown(submission.id);
  return { created: false, record: first };
}

async function freePreviousIds(tables: Tables, query: Query, submission: Submission): Promise<number> {
  if (submission.previousIds.length === 0) return 0;
  const rows = await query(takePreviousIdsText(tables), [submission.previousIds, submission.id]);
  return rows.length;
}

async function existing(tables: Tables, query: Query, ids: readonly string[]) {
  const rows = await query<RecordRow>(findText(tables), [ids]);
  return rows[0] === undefined ? undefined : toRecord(rows[0]);
}

/** Told apart by what they can do: the caller's Kysely may be another copy of it than ours. */
function queryOf(tx: CallersTransaction): Query {
  if ('executeQuery' in tx) {
    return async <R>(text: string, values: readonly unknown[]) =>
      (await tx.executeQuery(CompiledQuery.raw(text, [...values]))).rows as R[];
  }
  return async <R>(text: string, values: readonly unknown[]) =>
    (await tx.query(text, [...values])).rows as R[];
}

function timedQueryOf({ client }: Loan, timeoutMs: number): Query {
  return async <R>(text: string, values: readonly unknown[]) => {
    const query: TimedQuery = { text, values: [...values], query_timeout: timeoutMs };
    return (await client.query(query)).rows as R[];
  };
}
