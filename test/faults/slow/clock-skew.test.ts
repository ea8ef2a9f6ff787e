import { describe, expect, test } from 'vitest';
import { remotesOf } from '../../worker/setup/oracle.ts';
import { BACKENDS, openStage, QUICK, type Stage } from '../../worker/setup/stage.ts';
import { startWorkerProcess, type WorkerProcess } from '../../worker/setup/worker-process.ts';
import { expectOneEffectEach, inTime, type Load, openLoad } from '../load.ts';
import { reportFault } from '../report.ts';
import { type ClockKind, findFaketime, openWorkerClock, type WorkerClock } from './setup/worker-clock.ts';

const HOUR = 3_600;
/** The injected skew works everywhere; libfaketime shifts the whole process's clock where it is installed. */
const CLOCKS: readonly ClockKind[] =
  findFaketime() === undefined ? ['injected'] : ['injected', 'libfaketime'];

async function startSkewed(stage: Stage, load: Load, clock: WorkerClock): Promise<WorkerProcess> {
  const settings = { ...stage.settings, ...QUICK, concurrency: 3 };
  const remotes = remotesOf(stage, load.recorders);
  return stage.use(await startWorkerProcess({ settings, remotes, timing: load.timing }, clock.launch));
}

describe.each(BACKENDS)('a worker (jobs in %s)', { concurrent: true, timeout: 240_000 }, (backend) => {
  test.for(CLOCKS)(
    'fault 25: whose clock is an hour off, and jumps (%s), changes nothing',
    async (kind, context) => {
      await using stage = await openStage(backend);
      const load = await openLoad(stage, { cases: 20, slowMs: 300 });
      // some are turned away first, so that they are tried again later, by whichever clock
      await load.recorders.plain.setFaults({ slowMs: 300, refuse: 0.3, limit: 20 });
      const clock = await openWorkerClock(kind);
      await startSkewed(stage, load, clock);
      await clock.set(HOUR);
      const intents = await load.submit();
      await stage.startWorker(Object.values(load.actions), { concurrency: 3 });
      for (const seconds of [-HOUR, 0, HOUR, -HOUR, HOUR]) {
        const made = await load.effectsMade();
        expect(made).toBeLessThan(60); // the clock jumps while much is under way
        await inTime(async () => expect(await load.effectsMade()).toBeGreaterThan(made));
        await clock.set(seconds);
      }
      const effects = await expectOneEffectEach(load, intents);
      reportFault(context, { times: clock.jumps(), ...effects });
    },
  );

  test('fault 25: whose clock is an hour ahead takes over no lease that lasts', async (context) => {
    await using stage = await openStage(backend);
    const load = await openLoad(stage, { cases: 1, slowMs: 0 });
    const intents = await load.submit();
    const held = new Set(intents.map(({ handle }) => handle.id));
    const goOn = Promise.withResolvers<void>();
    const reached = new Set<string>();
    const hook = async (point: string, id: string) => {
      if (point !== 'performed' || !held.has(id)) return;
      reached.add(id);
      await goOn.promise;
    };
    await stage.startWorker(Object.values(load.actions), { hook, sweep: false });
    await inTime(async () => expect(reached.size).toBe(held.size));
    const clock = await openWorkerClock('injected');
    await startSkewed(stage, load, clock);
    await clock.set(HOUR);
    const others = [...(await load.submit()), ...(await load.submit())];
    const meanwhile = await expectOneEffectEach(load, others);
    for (const { handle } of intents)
      expect((await load.client.find(handle.id))?.record).toMatchObject({ state: 'claimed', token: 1 });
    goOn.resolve();
    const { wanted, done } = await expectOneEffectEach(load, intents);
    reportFault(context, {
      times: clock.jumps(),
      wanted: wanted + meanwhile.wanted,
      done: done + meanwhile.done,
    });
  });
});
