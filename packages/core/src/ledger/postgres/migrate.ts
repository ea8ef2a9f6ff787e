import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { SchemaMismatch } from '../../errors.ts';
import { tablesOf } from './tables.ts';

/** One numbered step of the schema. */
interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
}

/** What `migrate` did: the schema's version before and after, and the names of the steps. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
  readonly applied: readonly string[];
}

const FOLDER = new URL('../../../migrations/', import.meta.url);

/**
 * Brings a schema's tables up to this code's version: forward only, one transaction, one process at a time.
 *
 * @throws {SchemaMismatch} when the schema is newer than this code.
 */
export async function migrate(options: { connectionString: string; schema: string }): Promise<Migrated> {
  const { migration } = tablesOf(options.schema);
  const client = new pg.Client({
    connectionString: options.connectionString,
    application_name: 'latchkey migrate',
  });
  client.on('error', () => undefined); // the failing query says it
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `latchkey migrate ${options.schema}`,
    ]);
    await client.query(`create schema if not exists "${options.schema}"`);
    await client.query(`set local search_path to "${options.schema}"`);
    await client.query(`create table if not exists ${migration} (
      version integer primary key, name text not null, applied_at timestamptz not null default now())`);
    const done = await applyMissing(client, migration, options.schema);
    await client.query('commit');
    return done;
  } finally {
    await client.end();
  }
}

/**
 * Checks that the tables are those that this code was written for.
 *
 * @throws {SchemaMismatch} with the way out: migrate, or deploy the newer code.
 */
export async function checkSchema(client: Pick<pg.Pool, 'query'>, schema: string): Promise<void> {
  const { migration } = tablesOf(schema);
  const all = await migrations();
  const wanted = all.at(-1)?.version ?? 0;
  const found = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    migration,
  ]);
  if (!found.rows[0]?.there) {
    throw new SchemaMismatch(
      'SCHEMA_MISSING',
      `the ledger's tables are not in schema ${schema}: run \`latchkey migrate\`, or start with migrate: true`,
    );
  }
  const applied = await versionsOf(client, migration);
  const version = newestOf(applied);
  if (version > wanted) throw newer(schema, version, wanted);
  const missing = all.find((step) => !applied.has(step.version));
  if (missing !== undefined) {
    const at =
      version < wanted ? `is at version ${version}, this code needs ${wanted}` : `lacks step ${missing.name}`;
    throw new SchemaMismatch('SCHEMA_MISMATCH', `schema ${schema} ${at}: run \`latchkey migrate\``);
  }
}

async function applyMissing(client: pg.Client, migration: string, schema: string): Promise<Migrated> {
  const all = await migrations();
  const wanted = all.at(-1)?.version ?? 0;
  const applied = await versionsOf(client, migration);
  const from = newestOf(applied);
  if (from > wanted) throw newer(schema, from, wanted);
  // not only what is newer: of two steps that were made side by side, the later may have been applied first
  const missing = all.filter(({ version }) => !applied.has(version));
  for (const { version, name, text } of missing) {
    await client.query(text);
    await client.query(`insert into ${migration} (version, name) values ($1, $2)`, [version, name]);
  }
  return { from, to: wanted, applied: missing.map(({ name }) => name) };
}

async function versionsOf(client: Pick<pg.Pool, 'query'>, migration: string): Promise<ReadonlySet<number>> {
  const { rows } = await client.query<{ version: number }>(`select version from ${migration}`);
  return new Set(rows.map(({ version }) => version));
}

function newestOf(versions: ReadonlySet<number>): number {
  return Math.max(0, ...versions);
}

function newer(schema: string, version: number, wanted: number): SchemaMismatch {
  return new SchemaMismatch(
    'SCHEMA_MISMATCH',
    `schema ${schema} is at version ${version}, newer than this code's ${wanted}: deploy the newer code here too`,
  );
}

async function migrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({
      version: Number(name.slice(0, 4)),
      name: name.slice(0, -'.sql'.length),
      text: await readFile(new URL(name, FOLDER), 'utf8'),
    })),
  );
}
