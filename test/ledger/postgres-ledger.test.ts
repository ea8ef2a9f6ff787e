import type { CallersTransaction } from '@latchkey/core';
import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { Begun, Database, LedgerUnderTest } from './conformance/ledger-under-test.ts';
import { ledgerConformance } from './conformance.ts';
import { type OwnSchema, ownSchema, settled, someoneWaits } from './own-schema.ts';

ledgerConformance('the ledger in PostgreSQL', async (): Promise<LedgerUnderTest> => {
  const own = await ownSchema();
  await own.sql('create table effect (row text primary key)');
  const ledger = await own.open({ poolSize: 4 });
  const pool = new pg.Pool({ connectionString: own.url, max: 4 });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  return {
    ledger,
    advance: (ms) => backdate(own, ms),
    settled: () => settled(own),
    database: databaseOf(own, pool, db),
    close: async () => {
      await db.destroy();
      if (!pool.ending) await pool.end();
      await own.drop();
    },
  };
});

const TIMES = ['created_at', 'sent_at', 'claimed_at', 'lease_until', 'due_at', 'finished_at'];

/** Moves every time in the ledger back; the history lets nobody change it but a replica. */
async function backdate({ sql }: OwnSchema, ms: number): Promise<void> {
  const span = `interval '${ms} ms'`;
  await sql(`begin; set local session_replication_role = replica;
    update intent set ${TIMES.map((time) => `${time} = ${time} - ${span}`).join(', ')} where purged_at is null;
    update history set at = at - ${span};
    commit`);
}

function databaseOf(own: OwnSchema, pool: pg.Pool, db: Kysely<unknown>): Database {
  return {
    begin: (caller) => (caller === 'Kysely' ? beginInKysely(db) : beginOnClient(pool)),
    someoneWaits: () => someoneWaits(own),
    effect: async (tx: Transaction<unknown>, row) => {
      await tx.executeQuery(CompiledQuery.raw(`insert into "${own.schema}".effect values ($1)`, [row]));
    },
    effects: async (row) => (await own.sql('select from effect where row = $1', [row])).length,
  };
}

async function beginInKysely(db: Kysely<unknown>): Promise<Begun> {
  const tx = await db.startTransaction().execute();
  return {
    tx: tx as CallersTransaction,
    commit: () => tx.commit().execute(),
    rollback: () => tx.rollback().execute(),
  };
}

async function beginOnClient(pool: pg.Pool): Promise<Begun> {
  const tx = await pool.connect();
  await tx.query('begin');
  const end = async (how: 'commit' | 'rollback') => {
    await tx.query(how);
    tx.release();
  };
  return { tx, commit: () => end('commit'), rollback: () => end('rollback') };
}
