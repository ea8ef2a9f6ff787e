import { Worker } from 'bullmq';
import pg from 'pg';
import type { Contender } from '../contender.ts';
import { running } from './bullmq.ts';
import { contender as bullmq } from './bullmq-redis.ts';
import { redisConnection } from './redis-connection.ts';

const POOL_SIZE = 20;

/**
 * The ledger that people write by hand: a row before the effect, its result after it, one statement each.
 *
 * It is faster than it is right: a row whose worker died stays `started` for ever, and no second worker is kept from it.
 */
export const contender: Contender = {
  name: 'naive-ledger',
  title: 'Hand-written ledger',
  protection: 'a row before and after the effect',

  async prepare({ databaseUrl }) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(
      `create table effects (
         key text primary key,
         state text not null default 'started',
         result jsonb,
         started_at timestamptz not null default now(),
         finished_at timestamptz
       )`,
    );
    await client.end();
  },

  produce: bullmq.produce,

  async work({ queue, redisUrl, databaseUrl, concurrency }, effect, acknowledged) {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    pool.on('error', () => undefined); // its database may be dropped before the last connection is closed
    const worker = new Worker<{ job: number }>(
      queue,
      async ({ data: { job } }) => {
        const key = `work:${job}`;
        const { rowCount } = await pool.query(
          'insert into effects (key) values ($1) on conflict (key) do nothing',
          [key],
        );
        if (rowCount === 0) return;
        await effect(job);
        await pool.query(
          "update effects set state = 'done', result = $2, finished_at = now() where key = $1",
          [key, JSON.stringify({ job })],
        );
      },
      { connection: redisConnection(redisUrl), concurrency, removeOnComplete: { count: 0 } },
    );
    return running(worker, acknowledged, () => pool.end());
  },
};
