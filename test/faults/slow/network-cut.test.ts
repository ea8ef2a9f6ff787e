import { describe, expect, test } from 'vitest';
import { BACKENDS, openStage, type Stage } from '../../worker/setup/stage.ts';
import {
  expectHonestAnswers,
  expectNoFailedJobs,
  expectOneEffectEach,
  inTime,
  type Load,
  type LoadedIntent,
  openLoad,
} from '../load.ts';
import { reportFault } from '../report.ts';
import { TcpProxy } from '../tcp-proxy.ts';

/** Three times as long as the remotes take, so that every connection is in use meanwhile; in milliseconds. */
const CUT_MS = 1_500;
const SLOW_MS = 50;
const CASES = 8;
/** Short enough that a transactional effect whose connection went silent is given up within a test. */
const TIMING = { leaseMs: 20_000, deadlineMs: 8_000 };

/** What a network does; each returns how many connections it hit. */
const CUTS = {
  stalls: async (proxy: TcpProxy) => {
    const held = proxy.open;
    proxy.stall();
    await forAWhile();
    return held;
  },
  'resets connections': async (proxy: TcpProxy) => {
    const before = proxy.broken;
    proxy.reset();
    await forAWhile();
    proxy.reset();
    return proxy.broken - before;
  },
  'drops all bytes': async (proxy: TcpProxy) => {
    const before = proxy.broken;
    proxy.swallow();
    await forAWhile();
    return proxy.broken - before;
  },
} as const;

type Cut = keyof typeof CUTS;
const ALL = Object.keys(CUTS) as Cut[];

const forAWhile = () => new Promise((resolve) => setTimeout(resolve, CUT_MS));

async function proxyBefore(stage: Stage, url: string): Promise<TcpProxy> {
  const proxy = await TcpProxy.before(url);
  stage.use({ [Symbol.asyncDispose]: () => proxy.close() });
  return proxy;
}

/** Cuts the network while some is done and much is under way, and heals it. */
async function cutUnderLoad(
  load: Load,
  proxies: readonly TcpProxy[],
  cut: Cut,
): Promise<[LoadedIntent[], number]> {
  const intents = await load.submit();
  await inTime(async () => expect(await load.effectsMade()).toBeGreaterThan(2));
  const hits = await Promise.all(proxies.map(CUTS[cut]));
  const times = hits.reduce((sum, hit) => sum + hit, 0);
  expect(times).toBeGreaterThan(0);
  for (const proxy of proxies) await proxy.heal();
  return [intents, times];
}

describe.each(BACKENDS)('a network (jobs in %s)', { concurrent: true, timeout: 240_000 }, (backend) => {
  test.for(ALL)(
    'fault 44: that %s between a worker and PostgreSQL loses nothing, doubles nothing',
    async (cut, context) => {
      await using stage = await openStage(backend);
      const load = await openLoad(stage, { cases: CASES, slowMs: SLOW_MS, timing: TIMING });
      const { databaseUrl } = stage.settings;
      const proxy = await proxyBefore(stage, databaseUrl);
      const through = { databaseUrl: proxy.url(databaseUrl), concurrency: 4 };
      await stage.startWorker(Object.values(load.actions), through);
      const [intents, times] = await cutUnderLoad(load, [proxy], cut);
      const effects = await expectOneEffectEach(load, intents);
      await expectNoFailedJobs(stage, intents);
      reportFault(context, { times, ...effects });
    },
  );

  const onRedis = backend === 'redis' ? ALL : []; // a queue in PostgreSQL is cut off together with the ledger
  test.for(onRedis)(
    'fault 44: that %s between a worker and Redis loses nothing, doubles nothing',
    async (cut, context) => {
      await using stage = await openStage(backend);
      const load = await openLoad(stage, { cases: CASES, slowMs: SLOW_MS, timing: TIMING });
      const { redisUrl } = stage.settings;
      const proxy = await proxyBefore(stage, redisUrl);
      const through = { redisUrl: proxy.url(redisUrl), concurrency: 4 };
      await stage.startWorker(Object.values(load.actions), through);
      const [intents, times] = await cutUnderLoad(load, [proxy], cut);
      const effects = await expectOneEffectEach(load, intents);
      await expectNoFailedJobs(stage, intents);
      reportFault(context, { times, ...effects });
    },
  );

  test.for(ALL)(
    'fault 44: that %s between a worker and a remote leaves what it can not know in doubt',
    async (cut, context) => {
      await using stage = await openStage(backend);
      const proxies: TcpProxy[] = [];
      const led = async (url: string) => {
        const proxy = await proxyBefore(stage, url);
        proxies.push(proxy);
        return new URL(proxy.url(url)).origin;
      };
      const load = await openLoad(stage, {
        cases: CASES,
        slowMs: SLOW_MS,
        timing: { leaseMs: 8_000, deadlineMs: 4_000, quietMs: 500 },
        through: async ({ recorderUrl, keyedUrl, schema }) => ({
          recorderUrl: await led(recorderUrl),
          keyedUrl: await led(keyedUrl),
          schema,
        }),
      });
      await stage.startWorker(Object.values(load.actions), { concurrency: 8 });
      const [intents, times] = await cutUnderLoad(load, proxies, cut);
      const effects = await expectHonestAnswers(load, intents);
      reportFault(context, { times, ...effects });
    },
  );
});
