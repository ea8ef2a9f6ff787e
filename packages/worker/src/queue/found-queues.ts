import { bareError } from '@latchkey/core';
import { createPostgresBackend, type PgPool, Queue, withBackend } from 'bullmq';
import { Cluster } from 'ioredis';
import { openRedis, type RedisClient } from '../redis/open-redis.ts';
import { outagesOf } from '../redis/outages.ts';
import { within } from '../within.ts';
import type { QueueOptions } from './queue-backend.ts';
import { QueuePool } from './queue-pool.ts';

/** Shortest pause between two looks, in milliseconds. */
const PAUSE_MS = 30_000;
/** Queues that are found at most, the first by name: each that is shown is asked for its counts again and again. */
const MOST = 100;
/** How long one look may go through Redis' keys, in milliseconds; the next one goes on where it ended. */
const LOOK_MS = 1_000;
/** Longest wait for a server that may be away, in milliseconds; what it answers later is shown later. */
const ANSWER_MS = 3_000;
/** Keys that Redis looks at for one answer. */
const KEYS = 1_000;

/** BullMQ's queues, whoever made them. */
export interface FoundQueues {
  /** Looks for queues, at most every 30 seconds; what isn't there any more is left out. */
  look(): Promise<readonly Queue[]>;
  close(): Promise<void>;
}

/** Where queues are looked for; all that are found share its connections. */
interface Place {
  names(): Promise<readonly string[]>;
  open(name: string): Queue;
  /** From now on nothing waits for long for a server that is away. */
  leave(): void;
  close(): Promise<void>;
}

/** Looks for all queues beside those that are `known`, in Redis under one prefix, in PostgreSQL in BullMQ's schema. */
export function findQueues(options: Omit<QueueOptions, 'name'>, known: ReadonlySet<string>): FoundQueues {
  const place = options.kind === 'postgres' ? inPostgres(options) : inRedis(options);
  const opened = new Map<string, Queue>();
  let found: readonly Queue[] = [];
  let lookedAt = -Infinity;
  const look = async (): Promise<void> => {
    const names = (await place.names()).filter((name) => !known.has(name)).sort();
    if (names.length > MOST)
      options.log.warn({ found: names.length, shown: MOST }, 'there are more queues than Bull Board shows');
    found = names.slice(0, MOST).map((name) => {
      const queue = opened.get(name) ?? place.open(name);
      opened.set(name, queue);
      return queue;
    });
  };
  return {
    async look() {
      if (performance.now() - lookedAt < PAUSE_MS) return found;
      lookedAt = performance.now();
      const looked = look().catch((error: unknown) =>
        options.log.warn({ err: bareError(error) }, 'queues could not be looked for'),
      );
      await within(ANSWER_MS, looked, () => undefined);
      return found;
    },
    async close() {
      place.leave();
      const closed = Promise.allSettled([...opened.values()].map((queue) => queue.close()));
      await within(ANSWER_MS, closed, () => undefined);
      await place.close();
    },
  };
}

/** Changes nothing: a queue that was obliterated meanwhile must not come back. */
const ONLY_LOOKS = { skipMetasUpdate: true } as const;

function inRedis({ redisUrl = '', prefix, log }: Omit<QueueOptions, 'name'>): Place {
  const redis = openRedis(redisUrl);
  outagesOf(log, redisUrl).watch(redis);
  const names = namesIn(redis, prefix);
  return {
    names,
    open: (name) => silent(new Queue(name, { connection: redis, prefix, ...ONLY_LOOKS })),
    leave: () => undefined,
    close: async () => redis.disconnect(),
  };
}

function inPostgres({ databaseUrl }: Omit<QueueOptions, 'name'>): Place {
  const pool = new QueuePool(databaseUrl);
  pool.on('error', () => undefined); // an idle connection broke; the next query opens another
  const connection = pool as unknown as PgPool; // all of it that BullMQ uses
  const classes = withBackend(createPostgresBackend);
  return {
    names: async () => (await pool.query('select distinct queue from meta')).rows.map(({ queue }) => queue),
    open: (name) => silent(new classes.Queue(name, { connection, ...ONLY_LOOKS }) as unknown as Queue),
    leave: () => pool.leave(),
    close: () => pool.end(),
  };
}

function silent(queue: Queue): Queue {
  return queue.on('error', () => undefined); // said by its connection
}

/** Goes through the keys for a second at most, and on from there the next time. */
function namesIn(redis: RedisClient, prefix: string): Place['names'] {
  let scan = metaKeys(redis, prefix);
  let complete: string[] = [];
  let seen: string[] = [];
  return async () => {
    const until = performance.now() + LOOK_MS;
    while (performance.now() < until) {
      const next = await scan.next();
      if (next.done) {
        [complete, seen, scan] = [seen, [], metaKeys(redis, prefix)];
        break;
      }
      seen.push(...next.value.map((key) => key.slice(prefix.length + 1, -':meta'.length)));
    }
    // a job may be named like that, but a queue has no colon in its name
    return [...new Set([...complete, ...seen])].filter((name) => !name.includes(':'));
  };
}

/** Every queue has a key of this name, in a cluster on the master that holds it. */
async function* metaKeys(redis: RedisClient, prefix: string): AsyncGenerator<string[], void> {
  const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}:*:meta`;
  for (const server of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
    let cursor = '0';
    do {
      const [next, keys] = await server.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS);
      yield keys;
      cursor = next;
    } while (cursor !== '0');
  }
}
