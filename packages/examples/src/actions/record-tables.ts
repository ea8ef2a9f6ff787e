import { sql, type Transaction } from 'kysely';

/** Two processes that create the tables at once would trip over each other. */
const LOCK = 'latchkey example tables';

/**
 * `example_record` holds each record as it is; `example_record_change` holds every applied update and is only ever
 * appended to, so that a second effect can't hide. The values are json, not jsonb, which refuses NUL.
 */
const TABLES = `
  create table if not exists example_record (
    scope        text not null,
    id           text not null,
    field_values json not null,
    version      integer not null,
    primary key (scope, id)
  );
  create table if not exists example_record_change (
    seq        bigint generated always as identity primary key,
    at         timestamptz not null default clock_timestamp(),
    scope      text not null,
    record_id  text not null,
    version    integer not null,
    old_values json,
    new_values json not null,
    trace_id   text
  )`;

/** Creates the tables of the example records where they are missing, in the first schema of the search path. */
export async function createRecordTables(tx: Transaction<unknown>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${LOCK}, 0))`.execute(tx);
  for (const statement of TABLES.split(';')) await sql.raw(statement).execute(tx);
}

/** Tells whether the tables are there. */
export async function hasRecordTables(tx: Transaction<unknown>): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('example_record_change') is not null as there`.execute(tx);
  return rows[0]?.there === true;
}
