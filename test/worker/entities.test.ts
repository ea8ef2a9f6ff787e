import { describe, expect, test } from 'vitest';
import {
  listed,
  type SharedThing,
  startSharedThing,
  type ThingAction,
  thingActions,
} from './setup/shared-thing.ts';
import { BACKENDS, openStage, QUICK, type Stage } from './setup/stage.ts';
import { startWorkerProcess } from './setup/worker-process.ts';

/** Nothing is repaired by the sweep in these tests: the line itself has to go on. */
const NO_SWEEP = { intervalMs: 600_000, graceMs: 600_000 };

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

/** So many intents on one thing, in order. */
function line(action: ThingAction, thing: string, count: number, ms = 0) {
  return numbers(count).map((number) => ({
    action,
    input: { caseId: `${thing}-${number}`, thing, number, ms },
  }));
}

async function thingOn(stage: Stage): Promise<SharedThing> {
  return stage.use(await startSharedThing());
}

describe.each(BACKENDS)('intents that share an entity, their jobs in %s', (backend) => {
  test('perform in order of submission and never two at once, by two workers', async () => {
    await using stage = await openStage(backend);
    const thing = await thingOn(stage);
    const actions = thingActions(thing.url);
    for (const name of ['one', 'other']) await stage.startWorker(listed(actions), { name, sweep: NO_SWEEP });
    const client = await stage.connect(...listed(actions));

    const bulk = await client.submitMany(line(actions.serial, 'A', 60, 2));
    const singly = await Promise.all(
      line(actions.serial, 'B', 40, 2).map(({ action, input }) => client.submit(action, input)),
    );
    const answers = await Promise.all([...bulk, ...singly].map((handle) => handle.answer()));

    expect(answers.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    expect(thing.on('A')).toEqual(numbers(60));
    expect(thing.on('B')).toEqual(numbers(40));
    expect(thing.mostAtOnce).toBe(1);
  });

  test('are all finished, in order and never two at once, when one of two worker processes is killed', async () => {
    await using stage = await openStage(backend);
    const thing = await thingOn(stage);
    const timing = { leaseMs: 2_000 };
    const remotes = { recorderUrl: thing.url, keyedUrl: thing.url, schema: stage.settings.schema };
    const config = { settings: { ...stage.settings, ...QUICK }, remotes, timing };
    const { serial } = thingActions(thing.url, timing);
    const client = await stage.connect(serial);
    const victim = stage.use(await startWorkerProcess(config));
    const handles = await client.submitMany(line(serial, 'A', 60, 5));
    await thing.reached('A', 20);
    const heir = stage.use(await startWorkerProcess(config));
    victim.kill('SIGKILL');
    await victim.exited;

    const answers = await Promise.all(handles.map((handle) => handle.answer()));

    expect(
      answers.filter(({ status }) => status !== 'succeeded'),
      heir.output(),
    ).toEqual([]);
    expect(thing.on('A')).toEqual(numbers(60));
    expect(thing.mostAtOnce).toBe(1);
  });

  test('go on elsewhere when the worker that works on them drains', async () => {
    await using stage = await openStage(backend);
    const thing = await thingOn(stage);
    const actions = thingActions(thing.url);
    const client = await stage.connect(...listed(actions));
    const leaving = await stage.startWorker(listed(actions), { sweep: NO_SWEEP });
    const handles = await client.submitMany(line(actions.serial, 'A', 60, 5));
    await thing.reached('A', 10);
    await leaving.close();
    const left = thing.on('A').length;
    await stage.startWorker(listed(actions), { sweep: NO_SWEEP });

    await Promise.all(handles.map((handle) => handle.answer()));

    expect(left).toBeLessThan(60);
    expect(thing.on('A')).toEqual(numbers(60));
  });

  test('need as many deliveries each in a long line as in a short one', async () => {
    await using stage = await openStage(backend);
    const { serial } = thingActions(null);
    const client = await stage.connect(serial);
    const deliveries = async (thing: string, count: number) => {
      let delivered = 0;
      const hook = (point: string) => {
        if (point === 'delivered') delivered += 1;
      };
      const handles = await Promise.all(
        line(serial, thing, count).map(({ action, input }) => client.submit(action, input)),
      );
      const worker = await stage.startWorker([serial], { hook, sweep: NO_SWEEP });
      await Promise.all(handles.map((handle) => handle.answer()));
      await worker.close();
      return delivered / count;
    };

    // put aside once, performed once, and answered once; called once too often where its turn comes just as it is put
    // aside, which may be all of a short line, and is next to nothing of a long one
    expect(await deliveries('short', 30)).toBeLessThanOrEqual(4);
    expect(await deliveries('long', 240)).toBeLessThanOrEqual(3.5);
  });

  test('finish at a rate near that of one at a time without an entity', async () => {
    await using stage = await openStage(backend);
    const { serial, single } = thingActions(null);
    const client = await stage.connect(serial, single);
    const timed = async (action: ThingAction, thing: string, concurrency: number) => {
      const handles = await client.submitMany(line(action, thing, 150));
      const from = performance.now();
      const worker = await stage.startWorker([serial, single], { concurrency, sweep: NO_SWEEP });
      await Promise.all(handles.map((handle) => handle.answer()));
      const ms = performance.now() - from;
      await worker.close();
      return ms;
    };
    // the best of three rounds, since others share the machine
    let best = 0;
    for (let round = 1; round <= 3 && best < 0.6; round += 1) {
      const alone = await timed(single, `alone ${round}`, 1);
      best = Math.max(best, alone / (await timed(serial, `shared ${round}`, 50)));
    }
    expect(best).toBeGreaterThan(0.6);
  });

  test('do not hold up those of other entities, even where there is one slot', async () => {
    await using stage = await openStage(backend);
    const thing = await thingOn(stage);
    const { serial } = thingActions(thing.url);
    const client = await stage.connect(serial);
    await stage.startWorker([serial], { concurrency: 1, sweep: NO_SWEEP });
    const others = async (name: string) => {
      const from = performance.now();
      const handles = await client.submitMany(numbers(10).flatMap((n) => line(serial, `${name} ${n}`, 1)));
      await Promise.all(handles.map((handle) => handle.answer()));
      return performance.now() - from;
    };
    const control = await others('alone');
    const long = await client.submitMany(line(serial, 'long', 150, 20));
    await thing.reached('long', 1);
    const beside = await others('beside');
    const passed = thing.on('long').length;
    await Promise.all(long.map((handle) => handle.answer()));

    expect(passed).toBeLessThan(100); // 3 s of a line that goes on, of which they waited for a quarter of a second
    expect(beside).toBeLessThan(3 * control + 2_000);
    expect(thing.on('long')).toEqual(numbers(150));
  });

  test('that came as plain jobs are answered as soon as their turn is over', async () => {
    await using stage = await openStage(backend);
    const thing = await thingOn(stage);
    const { serial } = thingActions(thing.url);
    const queue = stage.openQueue();
    await stage.startWorker([serial], { sweep: NO_SWEEP });
    const from = performance.now();
    const jobs = [];
    for (const { input } of line(serial, 'A', 20, 5)) {
      jobs.push(await queue.add(serial.name, input, { removeOnComplete: false }));
    }
    const answers = await Promise.all(jobs.map((job) => queue.ended(job)));

    expect(answers.map((answer) => (answer as { result: number }).result)).toEqual(numbers(20));
    expect(new Set(thing.on('A'))).toEqual(new Set(numbers(20)));
    expect(thing.mostAtOnce).toBe(1);
    expect(performance.now() - from).toBeLessThan(25_000); // each looks for itself after 30 s
  });

  test('with versions: the newest wins, older ones end as stale, and nothing is applied backwards', async () => {
    await using stage = await openStage(backend);
    const thing = await thingOn(stage);
    const { version } = thingActions(thing.url);
    const client = await stage.connect(version);
    for (const name of ['one', 'other']) await stage.startWorker([version], { name, sweep: NO_SWEEP });
    const shuffled = [4, 9, 2, 11, 7, 1, 12, 3, 10, 5, 8, 6];
    const handles = await client.submitMany(
      shuffled.map((number) => ({
        action: version,
        input: { caseId: `v-${number}`, thing: 'A', number, ms: 2 },
      })),
    );
    const answers = await Promise.all(handles.map((handle) => handle.answer()));

    expect(thing.on('A')).toEqual([4, 9, 11, 12]);
    expect(thing.mostAtOnce).toBe(1);
    const ends = answers.map(({ status, error }) => (status === 'succeeded' ? 'applied' : error?.code));
    const applied = new Set([4, 9, 11, 12]);
    expect(ends).toEqual(shuffled.map((number) => (applied.has(number) ? 'applied' : 'STALE')));
  });
});
