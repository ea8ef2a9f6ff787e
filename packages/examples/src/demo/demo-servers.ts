import { randomBytes } from 'node:crypto';
import type { QueueKind } from '@latchkey/worker';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { createRecordTables } from '../actions/record-tables.ts';
import { startEmbeddedPostgres, startRedis } from '../servers/index.ts';
import type { Cleanup } from './cleanup.ts';
import { DemoError, messageOf } from './demo-error.ts';
import { migratePlainQueue, openPlainQueue } from './plain-queue.ts';
import type { ChildSettings } from './settings.ts';

/** Where one side keeps its queue and its records: a database and a queue of its own. */
export type SideServers = Pick<ChildSettings, 'databaseUrl' | 'redisUrl' | 'queue' | 'queueName'>;

/** Starts an embedded PostgreSQL, and a Redis where it is asked for; both end with this process, however it ends. */
export async function startDemoServers(
  withRedis: boolean,
  cleanup: Cleanup,
): Promise<(side: string) => Promise<SideServers>> {
  // one after the other: what is still starting while the other fails would be stopped by nobody
  const redis = withRedis ? await startDemoRedis(cleanup) : undefined;
  const postgresUrl = await startPostgres(cleanup);
  const run = randomBytes(4).toString('hex');
  const queue: QueueKind = withRedis ? 'redis' : 'postgres';
  return async (side) => {
    const databaseUrl = await createDatabase(postgresUrl, side);
    const queueName = `latchkey-demo-${run}-${side}`;
    const servers = {
      databaseUrl,
      queue,
      queueName,
      ...(redis === undefined ? {} : { redisUrl: redis.url }),
    };
    if (queue === 'postgres') await migratePlainQueue(databaseUrl);
    // A Redis that runs for others too must not keep what we leave in it.
    if (redis?.source === 'url') cleanup.defer(() => removeQueue(servers));
    return servers;
  };
}

async function startPostgres(cleanup: Cleanup): Promise<string> {
  const flags = ['-c', 'max_connections=300']; // each worker and producer keeps a few tens
  const postgres = await startEmbeddedPostgres({ name: 'latchkey-demo-postgres', flags }).catch(asDemoError);
  cleanup.defer(() => postgres.stop());
  return postgres.url;
}

async function startDemoRedis(cleanup: Cleanup) {
  const redis = await startRedis().catch(asDemoError);
  cleanup.defer(() => redis.stop());
  return redis;
}

/** The servers' own messages say what to do. */
function asDemoError(cause: unknown): never {
  throw new DemoError(messageOf(cause), { cause });
}

/** Creates a side's database, with the tables of the example records. */
async function createDatabase(postgresUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgresUrl });
  client.on('error', () => undefined); // the failing query says it
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url.href }) }),
  });
  try {
    await db.transaction().execute(createRecordTables);
  } finally {
    await db.destroy();
  }
  return url.href;
}

async function removeQueue(servers: SideServers): Promise<void> {
  const queue = openPlainQueue(servers);
  try {
    await queue.remove();
  } finally {
    await queue.close();
  }
}
