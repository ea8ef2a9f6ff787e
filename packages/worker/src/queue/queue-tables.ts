import { type Migrated, SchemaMismatch } from '@latchkey/core';
import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import pg from 'pg';

/** Schema of BullMQ's own tables; its clients look nowhere else. */
const SCHEMA = 'bullmq';

/** Makes or updates BullMQ's own tables in PostgreSQL; several processes may do it at once. */
export function migrateQueue(databaseUrl: string): Promise<Migrated> {
  return withClient(databaseUrl, async (client) => {
    const before = await stepsOf(client);
    const to = await runMigrations(client, SCHEMA);
    const after = await stepsOf(client);
    const applied = after.filter(({ version }) => !before.some((step) => step.version === version));
    return { from: before.at(-1)?.version ?? 0, to, applied: applied.map(({ name }) => name) };
  });
}

/**
 * Checks that BullMQ's own tables are there, and as new as this BullMQ.
 *
 * @throws {SchemaMismatch} with the way out: migrate.
 */
export async function checkQueueTables(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const version = await assertSchemaCompatibility(client, SCHEMA).catch((error: unknown) => {
      if (!(error instanceof SchemaMigrationRequiredError)) throw error;
      throw new SchemaMismatch(
        'SCHEMA_MISSING',
        "BullMQ's tables are not in schema bullmq: run `latchkey migrate`, or start with migrate: true",
      );
    });
    if (version >= LATEST_SCHEMA_VERSION) return;
    throw new SchemaMismatch(
      'SCHEMA_MISMATCH',
      `BullMQ's tables are at version ${version}, this BullMQ needs ${LATEST_SCHEMA_VERSION}: run \`latchkey migrate\``,
    );
  });
}

async function stepsOf(client: pg.Client): Promise<{ version: number; name: string }[]> {
  const there = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    `${SCHEMA}.migration`,
  ]);
  if (!there.rows[0]?.found) return [];
  const steps = await client.query<{ version: number; name: string }>(
    `select version, name from ${SCHEMA}.migration order by version`,
  );
  return steps.rows;
}

async function withClient<T>(databaseUrl: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'latchkey queue tables' });
  client.on('error', () => undefined); // the failing query says it
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}
