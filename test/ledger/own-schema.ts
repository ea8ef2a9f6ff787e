import { randomUUID } from 'node:crypto';
import { migrate, PostgresLedger, type PostgresLedgerOptions } from '@latchkey/core';
import pg from 'pg';
import { inject, vi } from 'vitest';

/** A migrated schema of a test's own, and a connection for looking into it. */
export interface OwnSchema {
  readonly url: string;
  readonly schema: string;
  /** Runs a statement with the schema as search path. */
  sql<R extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>;
  open(options?: Partial<PostgresLedgerOptions>): Promise<PostgresLedger>;
  /** Drops the schema, after its ledgers are closed. */
  drop(): Promise<void>;
}

/** Makes a schema of a test's own; `migrated: false` leaves that to the test. */
export async function ownSchema({ migrated = true, url = inject('postgresUrl') } = {}): Promise<OwnSchema> {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  if (migrated) await migrate({ connectionString: url, schema });
  const inside = new URL(url);
  inside.searchParams.set('options', `${inside.searchParams.get('options') ?? ''} -c search_path=${schema}`);
  const pool = new pg.Pool({ connectionString: inside.href, max: 4 });
  pool.on('connect', (client) => client.on('error', () => undefined)); // a server that is stopped says so
  pool.on('error', () => undefined);
  const ledgers: PostgresLedger[] = [];
  return {
    url,
    schema,
    sql: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<R>(text, values)).rows,
    open: async (options = {}) => {
      const ledger = await PostgresLedger.open({ databaseUrl: url, schema, ...options });
      ledgers.push(ledger);
      return ledger;
    },
    drop: async () => {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      await pool.query(`drop schema if exists "${schema}" cascade`);
      await pool.end();
    },
  };
}

/** Returns once a session that works on this schema waits for a lock. */
export async function someoneWaits({ sql, schema }: OwnSchema): Promise<void> {
  const query = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%' || $1 || '%'`;
  const look = async () => {
    if ((await sql(query, [schema])).length === 0) throw new Error('nobody waits for a lock');
  };
  await vi.waitFor(look, { timeout: 10_000, interval: 5 });
}

/** Returns once every transaction has ended that runs now, in whatever database of the server. */
export async function settled({ sql }: OwnSchema): Promise<void> {
  const [now] = await sql<{ xid: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as xid');
  const look = async () => {
    const [row] = await sql<{ passed: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 as passed',
      [now?.xid],
    );
    if (!row?.passed) throw new Error('an older transaction is still running');
  };
  await vi.waitFor(look, { timeout: 30_000, interval: 5 });
}

/** Makes a database of a test's own: what others do in theirs neither shows up in its counters nor holds its rows. */
export async function ownDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: inject('postgresUrl') });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await run(`create database ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database ${name} with (force)`) };
}
