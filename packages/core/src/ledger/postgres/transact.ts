import { CompiledQuery, type Kysely, sql, type Transaction } from 'kysely';
import { NotPerformed } from '../../errors.ts';
import type { Succeeded, Transacted } from '../ledger.ts';
import type { IntentRecord } from '../record.ts';
import { sortDatabaseError } from './sort-database-error.ts';
import { readBackText, succeedText } from './statements/transact.ts';
import type { Tables } from './tables.ts';

interface Parts {
  readonly db: Kysely<unknown>;
  readonly tables: Tables;
  readonly read: (id: string) => Promise<IntentRecord>;
}

/** Thrown inside the transaction to roll it back: the token is no longer current. */
class Fenced extends Error {}

/** What the effect itself threw, kept apart from what the database threw. */
class Thrown extends Error {}

/**
 * Runs a same-database effect and its record in one transaction. The record is conditional on the token, so that a
 * holder that was taken over rolls its effect back.
 */
export async function transact(
  parts: Parts,
  held: IntentRecord,
  deadlineMs: number,
  perform: (tx: Transaction<unknown>) => Promise<Succeeded>,
): Promise<Transacted> {
  const { id, token } = held;
  try {
    await parts.db.transaction().execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(deadlineMs)}, true)`.execute(tx);
      const ending = await perform(tx).catch((cause: unknown) => {
        throw new Thrown('the effect threw', { cause });
      });
      const values = [id, token, ending.result, ending.externalId, ending.externalUrl];
      const { rows } = await tx.executeQuery(CompiledQuery.raw(succeedText(parts.tables), values));
      if (rows.length === 0) throw new Fenced();
    });
  } catch (error) {
    if (error instanceof Fenced) return { kind: 'stale', record: await parts.read(id) };
    if (error instanceof Thrown) return { kind: 'threw', error: error.cause };
    return afterLostCommit(parts, id, token, error);
  }
  return { kind: 'recorded', record: await parts.read(id) };
}

/** The connection broke somewhere before the acknowledgement: the row says whether the commit came through. */
async function afterLostCommit(parts: Parts, id: string, token: number, cause: unknown): Promise<Transacted> {
  for (let failures = 0; ; failures += 1) {
    try {
      const { rows } = await parts.db.executeQuery<{ state: string; token: number }>(
        CompiledQuery.raw(readBackText(parts.tables), [id]),
      );
      const [row] = rows;
      if (row?.token === token && row.state === 'succeeded')
        return { kind: 'recorded', record: await parts.read(id) };
      if (row?.token === token && row.state === 'claimed') break;
      return { kind: 'stale', record: await parts.read(id) };
    } catch (error) {
      if (sortDatabaseError(error) !== 'connection' && sortDatabaseError(error) !== 'later') throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(50 * 2 ** failures, 2_000)));
    }
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return { kind: 'threw', error: new NotPerformed(`the transaction did not commit: ${message}`, { cause }) };
}
