import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../packages/examples/src/servers/index.ts';
import { openStage, type Stage } from '../../worker/setup/stage.ts';
import { answersOf, expectOneEffectEach, inTime, type Load, type LoadedIntent, openLoad } from '../load.ts';
import { reportFault } from '../report.ts';
import { TcpProxy } from '../tcp-proxy.ts';

const CASES = 10;

/** Starts a worker that counts its deliveries. */
async function startCountingWorker(stage: Stage, load: Load): Promise<() => number> {
  let delivered = 0;
  const hook = async (point: string) => {
    if (point === 'delivered') delivered += 1;
  };
  await stage.startWorker(Object.values(load.actions), { concurrency: 4, hook });
  return () => delivered;
}

async function expectNoJobs(stage: Stage, intents: readonly LoadedIntent[]): Promise<void> {
  const queue = stage.openQueue();
  await inTime(async () => {
    const states = await Promise.all(intents.map(({ handle }) => queue.getJobState(handle.id)));
    expect(new Set(states)).toEqual(new Set(['unknown']));
  });
}

async function onRedis<T>(url: string, body: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  redis.on('error', () => undefined);
  try {
    return await body(redis);
  } finally {
    redis.disconnect();
  }
}

async function ownRedis(): Promise<RunningRedis & AsyncDisposable> {
  const redis = await startRedis({ url: '', flags: ['--repl-diskless-sync-delay', '0'] });
  return Object.assign(redis, { [Symbol.asyncDispose]: () => redis.stop() });
}

/** Makes a server the replica of another one, with that one's password. */
async function replicate(replica: RunningRedis, master: RunningRedis, through: TcpProxy): Promise<void> {
  const { password } = new URL(master.url);
  const { hostname, port } = new URL(through.url(master.url));
  await onRedis(replica.url, async (redis) => {
    await redis.config('SET', 'masterauth', password);
    await redis.replicaof(hostname, port);
    await inTime(async () => expect(await redis.info('replication')).toContain('master_link_status:up'));
    await redis.config('SET', 'requirepass', password);
  });
}

function withPasswordOf(url: string, other: string): string {
  const changed = new URL(url);
  changed.password = new URL(other).password;
  return changed.href;
}

describe('a Redis', { concurrent: true, timeout: 240_000 }, () => {
  test('fault 21: that is restarted from an older snapshot brings finished jobs back: stored answers', async (context) => {
    await using redis = await ownRedis();
    await using stage = await openStage('redis', { redisUrl: redis.url });
    const load = await openLoad(stage, { cases: CASES, slowMs: 40 });
    const intents = await load.submit();
    const deliveries = await startCountingWorker(stage, load);
    await inTime(async () => expect(await load.effectsMade()).toBeGreaterThanOrEqual(8));
    await onRedis(redis.url, (admin) => admin.save());
    const answers = await answersOf(intents);
    await expectNoJobs(stage, intents);
    const before = deliveries();
    await redis.kill();
    await redis.restart(); // it loads the snapshot
    await inTime(async () => expect(deliveries()).toBeGreaterThan(before));
    await expectNoJobs(stage, intents);
    expect(await answersOf(intents)).toEqual(answers);
    const effects = await expectOneEffectEach(load, intents);
    reportFault(context, { times: deliveries() - before, ...effects });
  });

  test('fault 21: whose replica lags when it is promoted brings finished jobs back: stored answers', async (context) => {
    await using master = await ownRedis();
    await using replica = await ownRedis();
    const replication = await TcpProxy.before(master.url);
    const clients = await TcpProxy.before(master.url);
    await using stage = await openStage('redis', { redisUrl: clients.url(master.url) });
    for (const proxy of [replication, clients]) stage.use({ [Symbol.asyncDispose]: () => proxy.close() });
    await replicate(replica, master, replication);
    const load = await openLoad(stage, { cases: CASES, slowMs: 40 });
    const intents = await load.submit();
    const deliveries = await startCountingWorker(stage, load);
    await inTime(async () => expect(await load.effectsMade()).toBeGreaterThanOrEqual(8));
    await replication.refuse();
    const answers = await answersOf(intents);
    await expectNoJobs(stage, intents);
    const before = deliveries();
    await master.kill();
    await onRedis(withPasswordOf(replica.url, master.url), (redis) => redis.replicaof('NO', 'ONE'));
    clients.retarget(replica.url);
    clients.reset();
    await inTime(async () => expect(deliveries()).toBeGreaterThan(before));
    await expectNoJobs(stage, intents);
    expect(await answersOf(intents)).toEqual(answers);
    const effects = await expectOneEffectEach(load, intents);
    reportFault(context, { times: deliveries() - before, ...effects });
  });
});
