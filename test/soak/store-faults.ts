import { createPostgresBackend, Queue, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { TcpProxy } from '../faults/tcp-proxy.ts';
import type { Fault, Scene } from './fault.ts';
import type { Ground } from './ground.ts';
import { wayFaults } from './way-faults.ts';

/** Faults of PostgreSQL, of Redis, and of the ways there. */
export const storeFaults: readonly Fault[] = [
  ...wayFaults('PostgreSQL', 'postgres', ({ proxies }) => proxies.postgres),
  {
    name: 'COMMIT done by PostgreSQL, its answer lost',
    at: 'postgres',
    strike: ({ ground, pause }) => cutAt(ground.proxies.postgres, 'commit', pause),
  },
  {
    name: 'record done by PostgreSQL, its answer lost',
    at: 'postgres',
    strike: ({ ground, pause }) => cutAt(ground.proxies.postgres, 'effectId', pause),
  },
  {
    name: 'PostgreSQL crashed (-m immediate) and restarted',
    at: 'postgres',
    strike: async ({ ground, pause }) => {
      const before = await startedAt(ground);
      await ground.crashPostgres(pause);
      return (await startedAt(ground)) !== before;
    },
  },
  ...wayFaults('Redis', 'queue', ({ proxies }) => proxies.redis).map((fault) => ({
    ...fault,
    only: 'redis' as const,
  })),
  {
    name: 'Redis killed and restarted empty',
    at: 'queue',
    only: 'redis',
    strike: async ({ ground, random, pause }) => {
      const { redis } = ground;
      const before = redis?.pid;
      await redis?.kill();
      await pause(random.below(3_000));
      await redis?.restart();
      return redis?.pid !== before;
    },
  },
  {
    name: 'Redis emptied (FLUSHALL)',
    at: 'queue',
    only: 'redis',
    strike: ({ ground }) =>
      withRedis(ground, async (redis) => {
        const keys = await redis.dbsize();
        await redis.flushall();
        return keys > 0;
      }),
  },
  { name: 'queue obliterated', at: 'queue', strike: ({ ground }) => obliterate(ground) },
];

async function cutAt(proxy: TcpProxy, after: string, pause: Scene['pause']): Promise<boolean> {
  const before = proxy.broken;
  proxy.cut({ after, on: 'answer' });
  for (let waited = 0; waited < 4_000 && proxy.broken === before; waited += 100) await pause(100);
  return proxy.broken > before;
}

async function startedAt({ pool }: Ground): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { rows } = await pool.query<{ at: string }>('select pg_postmaster_start_time()::text as at');
      return rows[0]?.at ?? '';
    } catch (error) {
      if (attempt === 10) throw error; // each of the pool's connections may be a dead one
    }
  }
}

async function withRedis<T>({ redis }: Ground, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis?.url ?? '', { maxRetriesPerRequest: 3 });
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** BullMQ's own way to lose a queue, under everybody's feet. */
async function obliterate(ground: Ground): Promise<boolean> {
  const { queueName, databaseUrl } = ground.direct;
  const lose = async (
    queue: Pick<Queue, 'waitUntilReady' | 'getJobCounts' | 'obliterate' | 'close' | 'on'>,
  ) => {
    queue.on('error', () => undefined);
    try {
      await queue.waitUntilReady();
      const jobs = Object.values(await queue.getJobCounts()).reduce((sum, count) => sum + count, 0);
      await queue.obliterate({ force: true });
      return jobs > 0;
    } catch {
      return false; // another fault has the queue's database down just now
    } finally {
      await queue.close().catch(() => undefined);
    }
  };
  if (ground.backend === 'redis') {
    return withRedis(ground, (connection) => lose(new Queue(queueName, { connection })));
  }
  const classes = withBackend(createPostgresBackend);
  const connection = { connectionString: databaseUrl, max: 2 };
  return lose(new classes.Queue(queueName, { connection }) as unknown as Queue);
}
