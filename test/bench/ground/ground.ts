import { totalmem } from 'node:os';
import { type EmbeddedPostgres, startEmbeddedPostgres, startRedis } from '@latchkey/examples/servers';
import { Redis } from 'ioredis';
import pg from 'pg';

/** The servers of a run: one PostgreSQL and one Redis, which all contenders share. */
export interface Ground {
  readonly redisUrl: string;
  /** Process ids of servers that run here; `null` for one that was there before, whose CPU time is not counted. */
  readonly postgresPid: number | null;
  readonly redisPid: number | null;
  /** Where PostgreSQL keeps its files; `null` for a server that was there before. */
  readonly dataDir: string | null;
  readonly postgresVersion: string;
  readonly redisVersion: string;
  /** Settings of PostgreSQL that durability and speed depend on. */
  readonly postgresSettings: Readonly<Record<string, string>>;
  /** Makes an empty database and answers its URL. */
  newDatabase(name: string): Promise<string>;
  /** Drops a database, and removes the keys of a queue from Redis. */
  clear(name: string, queue: string): Promise<void>;
  /** Bytes that PostgreSQL has written to its write-ahead log so far. */
  walBytes(): Promise<number>;
  databaseBytes(name: string): Promise<number>;
  close(): Promise<void>;
}

/** A quarter of the memory, as PostgreSQL's manual advises; no more than some gigabytes, which hold all of a run's indexes. */
const BUFFERS_MB = Math.round(Math.min(totalmem() / 4, 4 * 2 ** 30) / 2 ** 20);
/** The same for all contenders; what isn't named is PostgreSQL's default: fsync and synchronous commits are on. */
const POSTGRES_FLAGS = ['max_connections=300', `shared_buffers=${BUFFERS_MB}MB`, 'max_wal_size=2GB'];
const TOLD = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size'];

/** Servers that run already. */
export interface GivenServers {
  /** Default: the environment's `DATABASE_URL`; a PostgreSQL is started where there is none. */
  readonly databaseUrl?: string | undefined;
  /** Default: the environment's `REDIS_URL`; a Redis is started where there is none. */
  readonly redisUrl?: string | undefined;
}

/** Starts the servers of a run, or uses those that are given. */
export async function openGround(servers: GivenServers = {}): Promise<Ground> {
  const given = servers.databaseUrl ?? process.env.DATABASE_URL;
  const flags = POSTGRES_FLAGS.flatMap((flag) => ['-c', flag]);
  const [own, redis] = await Promise.all([
    given ? null : startEmbeddedPostgres({ name: 'latchkey-bench', flags }),
    startRedis(servers.redisUrl === undefined ? {} : { url: servers.redisUrl }),
  ]);
  const databaseUrl = given || (own as EmbeddedPostgres).url;
  const admin = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const commands = new Redis(redis.url, { maxRetriesPerRequest: 3 });
  admin.on('error', () => undefined); // the failing query says it
  commands.on('error', () => undefined);
  const one = async <T>(sql: string, values: unknown[] = []) =>
    (await admin.query<{ value: T }>(sql, values)).rows[0]?.value as T;
  const settings = await Promise.all(
    TOLD.map(
      async (name) => [name, await one<string>('select current_setting($1) as value', [name])] as const,
    ),
  );
  return {
    redisUrl: redis.url,
    postgresPid: own?.pid ?? null,
    redisPid: redis.pid ?? null,
    dataDir: own?.dataDir ?? null,
    postgresVersion: await one<string>("select current_setting('server_version') as value"),
    redisVersion: /(?:redis|valkey)_version:(\S+)/.exec(await commands.info('server'))?.[1] ?? 'unknown',
    postgresSettings: Object.fromEntries(settings),
    async newDatabase(name) {
      await admin.query(`create database ${pg.escapeIdentifier(name)}`);
      const url = new URL(databaseUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    async clear(name, queue) {
      await admin.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
      for await (const keys of commands.scanStream({ match: `bull:${queue}:*`, count: 1_000 })) {
        if (keys.length > 0) await commands.unlink(keys);
      }
    },
    walBytes: async () => Number(await one<string>("select pg_current_wal_lsn() - '0/0' as value")),
    databaseBytes: async (name) => Number(await one<string>('select pg_database_size($1) as value', [name])),
    async close() {
      commands.disconnect();
      await admin.end();
      await Promise.all([own?.stop(), redis.stop()]);
    },
  };
}
