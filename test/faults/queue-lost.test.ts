import type { QueueKind } from '@latchkey/worker';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../packages/examples/src/servers/index.ts';
import { BACKENDS, openStage, type StageServers } from '../worker/setup/stage.ts';
import { expectHealed } from './heal.ts';
import { BUSY, expectOneEffectEach, openBusyLoad } from './load.ts';

/** A queue of this file's own, whose loss nobody else notices. */
interface OwnQueue extends AsyncDisposable {
  readonly servers: StageServers;
  /** Removes all jobs, whatever is under way; answers how many there were. */
  lose(): Promise<number>;
}

async function ownQueue(backend: QueueKind, redis: RunningRedis): Promise<OwnQueue> {
  return backend === 'redis' ? ownRedis(redis) : ownDatabase();
}

function ownRedis({ url }: RunningRedis): OwnQueue {
  const admin = new Redis(url);
  admin.on('error', () => undefined); // it is killed, too
  return {
    servers: { redisUrl: url },
    lose: async () => {
      const keys = await admin.keys('bull:*:*-*-8*'); // job hashes, named by the intent's id
      await admin.flushall();
      return keys.length;
    },
    [Symbol.asyncDispose]: async () => admin.disconnect(),
  };
}

async function ownDatabase(): Promise<OwnQueue> {
  const name = `queue_lost_${process.pid}`;
  const server = new pg.Client({ connectionString: inject('postgresUrl') });
  await server.connect();
  await server.query(`create database ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  const admin = new pg.Pool({ connectionString: url.href, max: 1 });
  admin.on('error', () => undefined);
  return {
    servers: { databaseUrl: url.href },
    lose: async () => {
      const { rows } = await admin.query<{ jobs: number }>('select count(*)::int as jobs from bullmq.job');
      await admin.query('truncate bullmq.job cascade');
      return rows[0]?.jobs ?? 0;
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      await server.query(`drop database ${name} with (force)`);
      await server.end();
    },
  };
}

let redis: RunningRedis;

beforeAll(async () => {
  redis = await startRedis({ url: '' }); // never the one that the environment names: this file flushes and kills it
});
afterAll(() => redis.stop());

describe.each(BACKENDS)('a queue in %s', (backend) => {
  test('fault 20: that loses all jobs in mid-flight, again and again, is rebuilt from the ledger', async ({
    task,
  }) => {
    await using own = await ownQueue(backend, redis);
    await using stage = await openStage(backend, own.servers);
    const load = await openBusyLoad(stage);
    const intents = await load.submit();
    let lost = 0;
    for (const made of [15, 40, 70]) {
      await expect.poll(() => load.effectsMade(), { timeout: 20_000 }).toBeGreaterThanOrEqual(made);
      // what is in hand is performed without its job, and the queue is empty until a sweep has filled it again
      let jobs = 0;
      const lose = async () => {
        jobs = await own.lose();
        return jobs;
      };
      await expect.poll(lose, { timeout: 20_000 }).toBeGreaterThan(0);
      lost += jobs;
    }
    await expectOneEffectEach(load, intents);
    expect(lost).toBeGreaterThan(BUSY.cases);
    expect(load.readdedJobs()).toBeGreaterThan(0);
    await expectHealed({ task }, { stage, ...load }, lost);
  });

  if (backend !== 'redis') return;
  test('fault 20: whose Redis is killed and restarted empty loses nothing, submissions meanwhile included', async ({
    task,
  }) => {
    await using own = await ownQueue(backend, redis);
    await using stage = await openStage(backend, own.servers);
    const load = await openBusyLoad(stage);
    const before = await load.submit();
    await expect.poll(() => load.effectsMade(), { timeout: 20_000 }).toBeGreaterThanOrEqual(20);
    await redis.kill();
    const meanwhile = await load.submit(); // safe in the ledger, though there is no queue
    expect(await load.client.find(meanwhile[0]?.handle.id ?? '')).toMatchObject({
      record: { state: 'pending' },
    });
    await redis.restart();
    await expectOneEffectEach(load, [...before, ...meanwhile]);
    await expectHealed({ task }, { stage, ...load }, 1);
  });
});
