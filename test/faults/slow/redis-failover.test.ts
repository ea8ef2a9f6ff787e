import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examineRedis } from '../../../packages/worker/src/doctor/examine.ts';
import { startRedisCluster } from '../../setup/redis-cluster.ts';
import { infoOf, NODE_PASSWORD, type RedisNode, settled } from '../../setup/redis-nodes.ts';
import { startRedisSentinels } from '../../setup/redis-sentinel.ts';
import { openStage, type Stage } from '../../worker/setup/stage.ts';
import { expectOneEffectEach, openBusyLoad } from '../load.ts';
import { reportFault } from '../report.ts';

/** Redis that replaces a master which dies. */
interface Replicated extends AsyncDisposable {
  readonly url: string;
  readonly prefix: string;
  readonly nodes: readonly RedisNode[];
  /** The server that has the queue now, as the others see it. */
  master(): Promise<RedisNode>;
}

const KINDS_OF_REDIS = {
  'a cluster': async (): Promise<Replicated> => {
    const cluster = await startRedisCluster();
    return {
      ...cluster,
      prefix: '{bull}',
      master: () => cluster.masterOf('{bull}'),
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  },
  'a Sentinel set': async (): Promise<Replicated> => ({ ...(await startRedisSentinels()), prefix: 'bull' }),
} as const;

/** The replica of a master. */
async function replicaOf({ nodes }: Replicated, { port }: RedisNode): Promise<RedisNode> {
  for (const node of nodes) {
    if ((await infoOf(node.admin, 'replication', 'master_port')) === String(port)) return node;
  }
  throw new Error(`nobody replicates ${port}`);
}

/** Waits until the others have put a replica in its master's place; asks the replica, since a paused server says nothing. */
async function elected({ admin }: RedisNode): Promise<void> {
  await settled('another master is elected', async () => {
    return (await infoOf(admin, 'replication', 'role')) === 'master';
  });
}

/** Cuts a replica off: from now on the master acknowledges what the replica never gets. */
async function stopReplicating(master: RedisNode, replica: RedisNode): Promise<void> {
  await replica.admin.config('SET', 'masterauth', 'no-longer');
  await master.admin.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await settled('the replica is cut off', async () => {
    return (await infoOf(replica.admin, 'replication', 'master_link_status')) === 'down';
  });
}

/** Jobs that the replica still has, though their intents are done and the master has removed them. */
async function finishedThere(stage: Stage, prefix: string, replica: RedisNode): Promise<number> {
  const done = await stage.query<{ id: string }>(`select id from $schema.intent where state = 'succeeded'`);
  let there = 0;
  for (const { id } of done) {
    there += await replica.admin.exists(`${prefix}:${stage.settings.queueName}:${id}`);
  }
  return there;
}

describe.each(Object.entries(KINDS_OF_REDIS))('a queue in %s', (_, start) => {
  let redis: Replicated;
  beforeAll(async () => {
    redis = await start();
    for (const { admin } of redis.nodes) await admin.readonly().catch(() => undefined); // outside a cluster no need
  }, 120_000);
  afterAll(() => redis?.[Symbol.asyncDispose]());

  test('is found fit by its own URL, and refused by that of one of its replicas', async () => {
    const refusedOf = async (url: string) =>
      (await examineRedis(url)).filter(({ verdict }) => verdict !== 'ok').map(({ check }) => check);
    expect(await refusedOf(redis.url)).toEqual([]);
    const replica = await replicaOf(redis, await redis.master());
    expect(await refusedOf(replica.server.url)).toEqual(['kind']);
  });

  test('fault 20, 21: whose master is paused, and taken for dead, loses what the replica never got, and is mended', async (context) => {
    await using stage = await openStage('redis', { redisUrl: redis.url, prefix: redis.prefix });
    const load = await openBusyLoad(stage);
    const before = await load.submit();
    const master = await redis.master();
    const replica = await replicaOf(redis, master);
    await expect.poll(() => load.effectsMade(), { timeout: 30_000 }).toBeGreaterThanOrEqual(10);
    await stopReplicating(master, replica);
    await expect
      .poll(() => finishedThere(stage, redis.prefix, replica), { timeout: 30_000 })
      .toBeGreaterThan(5);
    master.signal('SIGSTOP');
    const comingBack = await finishedThere(stage, redis.prefix, replica);
    const meanwhile = await load.submit();
    await elected(replica);
    master.signal('SIGCONT');
    await replica.admin.config('SET', 'masterauth', NODE_PASSWORD);
    const effects = await expectOneEffectEach(load, [...before, ...meanwhile]);
    expect(await load.effectsInAll()).toBe(effects.done);
    expect(comingBack).toBeGreaterThan(0);
    reportFault(context, { times: comingBack, ...effects });
    await settled('the old master follows the new one', async () => {
      return (await infoOf(master.admin, 'replication', 'master_link_status')) === 'up';
    });
  }, 300_000);

  test('fault 20: whose master is killed goes on with the next one, and loses no submission', async (context) => {
    await using stage = await openStage('redis', { redisUrl: redis.url, prefix: redis.prefix });
    const load = await openBusyLoad(stage);
    const before = await load.submit();
    const master = await redis.master();
    const replica = await replicaOf(redis, master);
    await expect.poll(() => load.effectsMade(), { timeout: 30_000 }).toBeGreaterThanOrEqual(15);
    await master.server.kill();
    const meanwhile = await load.submit();
    await elected(replica);
    const effects = await expectOneEffectEach(load, [...before, ...meanwhile]);
    expect(await load.effectsInAll()).toBe(effects.done);
    reportFault(context, { times: 1, ...effects });
  }, 300_000);
});
