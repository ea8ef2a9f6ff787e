import { describe, expect, test } from 'vitest';
import { BACKENDS, openStage } from '../../worker/setup/stage.ts';
import { expectNoFailedJobs, expectOneEffectEach, inTime, openLoad } from '../load.ts';
import { reportFault } from '../report.ts';
import { TcpProxy } from '../tcp-proxy.ts';

const CASES = 6;

/** Ways in which a database is out of reach. */
const WAYS = {
  'hangs up': (proxy: TcpProxy) => proxy.hangUp(),
  'refuses connections': (proxy: TcpProxy) => proxy.refuse(),
  'says nothing': (proxy: TcpProxy) => proxy.swallow(),
} as const;

describe.each(BACKENDS)('a PostgreSQL (jobs in %s)', { concurrent: true, timeout: 240_000 }, (backend) => {
  test.for(Object.keys(WAYS) as (keyof typeof WAYS)[])(
    'fault 24: that %s: no effect starts, jobs wait and are not failed',
    async (way, context) => {
      await using stage = await openStage(backend);
      const { databaseUrl } = stage.settings;
      const load = await openLoad(stage, { cases: CASES, slowMs: 0 });
      const proxy = await TcpProxy.before(databaseUrl);
      stage.use({ [Symbol.asyncDispose]: () => proxy.close() });
      let delivered = 0;
      const hook = async (point: string) => {
        if (point === 'delivered') delivered += 1;
      };
      const through = { databaseUrl: proxy.url(databaseUrl), hook };
      await stage.startWorker(Object.values(load.actions), through);
      await WAYS[way](proxy);
      const before = proxy.broken;
      const intents = await load.submit(); // by somebody who does reach it
      if (backend === 'redis') await inTime(async () => expect(delivered).toBeGreaterThan(0));
      if (way === 'hangs up') await inTime(async () => expect(proxy.broken).toBeGreaterThan(before + 10));
      else await new Promise((resolve) => setTimeout(resolve, 3_000)); // nothing happens, for a while
      const states = await Promise.all(intents.map(({ handle }) => handle.status()));
      expect(new Set(states)).toEqual(new Set(['pending']));
      expect(await load.effectsMade()).toBe(0);
      await expectNoFailedJobs(stage, intents);
      await proxy.heal();
      const effects = await expectOneEffectEach(load, intents);
      await expectNoFailedJobs(stage, intents);
      reportFault(context, { times: proxy.broken, ...effects });
    },
  );
});
