import { CompiledQuery, Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import type pg from 'pg';
import { NotPerformed } from '../../errors.ts';
import type { Succeeded, Transacted } from '../ledger.ts';
import type { IntentRecord } from '../record.ts';
import type { PatientPool } from './patient-pool.ts';
import { readBackText, succeedText } from './statements/transact.ts';
import type { Tables } from './tables.ts';
import type { Turns } from './turns.ts';

interface Parts {
  readonly pool: PatientPool;
  /** As many as the pool has connections for effects: whoever waits here waits for no timer. */
  readonly turns: Turns;
  readonly tables: Tables;
  readonly read: (id: string) => Promise<IntentRecord>;
}

type Perform = (tx: Transaction<unknown>) => Promise<Succeeded>;

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
  perform: Perform,
): Promise<Transacted> {
  const { id, token } = held;
  try {
    await parts.turns.take(() => commitTogether(parts, held, deadlineMs, perform));
  } catch (error) {
    if (error instanceof Fenced) return { kind: 'stale', record: await parts.read(id) };
    if (error instanceof Thrown) return { kind: 'threw', error: error.cause };
    return afterLostCommit(parts, id, token, error);
  }
  return { kind: 'recorded', record: await parts.read(id) };
}

async function commitTogether(
  parts: Parts,
  held: IntentRecord,
  deadlineMs: number,
  perform: Perform,
): Promise<void> {
  const { client, durability } = await parts.pool.lend();
  // a stalled connection doesn't answer to a rollback either
  const giveUp = setTimeout(() => void client.end(), deadlineMs + parts.pool.queryTimeoutMs);
  let broken = true;
  try {
    await kyselyOn(client)
      .transaction()
      .execute((tx) => performAndRecord(parts.tables, tx, held, deadlineMs, perform));
    await durability.settle();
    broken = false;
  } catch (error) {
    broken = !(error instanceof Fenced || error instanceof Thrown);
    throw error;
  } finally {
    clearTimeout(giveUp);
    client.release(broken);
  }
}

async function performAndRecord(
  tables: Tables,
  tx: Transaction<unknown>,
  held: IntentRecord,
  deadlineMs: number,
  perform: Perform,
): Promise<void> {
  const limit = String(Math.ceil(deadlineMs));
  // the second one ends what a lost connection left open, with its locks
  await sql`select set_config('statement_timeout', ${limit}, true),
    set_config('idle_in_transaction_session_timeout', ${limit}, true)`.execute(tx);
  const ending = await perform(tx).catch((cause: unknown) => {
    throw new Thrown('the effect threw', { cause });
  });
  const values = [held.id, held.token, ending.result, ending.externalId, ending.externalUrl];
  const { rows } = await tx.executeQuery(CompiledQuery.raw(succeedText(tables), values));
  if (rows.length === 0) throw new Fenced();
}

/** Kysely on one connection, which stays on loan: it is given back only once its commit is durable. */
function kyselyOn(client: pg.PoolClient): Kysely<unknown> {
  const onLoan = {
    query: client.query.bind(client) as pg.PoolClient['query'],
    release: () => undefined,
  };
  const pool = { connect: async () => onLoan, end: async () => undefined, options: {} };
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
}

/** The connection broke somewhere before the acknowledgement: the row says whether the commit came through. */
async function afterLostCommit(parts: Parts, id: string, token: number, cause: unknown): Promise<Transacted> {
  const [row] = await parts.pool.rows<{ state: string; token: number }>(readBackText(parts.tables), [id]);
  if (row?.token === token && row.state === 'claimed') {
    const message = cause instanceof Error ? cause.message : String(cause);
    return {
      kind: 'threw',
      error: new NotPerformed(`the transaction did not commit: ${message}`, { cause }),
    };
  }
  const kind = row?.token === token && row.state === 'succeeded' ? 'recorded' : 'stale';
  return { kind, record: await parts.read(id) };
}
