import type { TransactionEnd } from '../ledger.ts';
import type { PatientPool } from './patient-pool.ts';

/** Says how transactions ended; one so old that PostgreSQL no longer knows it is left out. */
export async function endsOf(
  pool: PatientPool,
  transactions: readonly string[],
): Promise<ReadonlyMap<string, TransactionEnd>> {
  const rows = await pool.rows<{ xid: string; state: TransactionEnd | null }>(
    'select t.xid, pg_xact_status(t.xid::xid8) as state from unnest($1::text[]) as t (xid)',
    [transactions],
  );
  return new Map(rows.flatMap(({ xid, state }) => (state === null ? [] : [[xid, state] as const])));
}
