import { describe, expect, test } from 'vitest';
import { BACKENDS, openStage, type Stage } from '../../worker/setup/stage.ts';
import type { FaultPoint } from '../../worker/setup/worker-process.ts';
import { answersOf, expectOneEffectEach, inTime, type LoadedIntent, openLoad } from '../load.ts';
import { reportFault } from '../report.ts';
import { TcpProxy } from '../tcp-proxy.ts';
import { loseLock, removeJob } from './setup/held-jobs.ts';

const CASES = 4;

/** Counts deliveries, and meddles with each job once its outcome is recorded, before it is acknowledged. */
function meddler(intents: readonly LoadedIntent[], meddle: (intent: LoadedIntent) => Promise<void>) {
  const byId = new Map(intents.map((intent) => [intent.handle.id, intent]));
  const deliveries = new Map<string, number>();
  const meddled = new Set<string>();
  const hook = async (point: FaultPoint, id: string) => {
    if (point === 'delivered') deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
    const intent = byId.get(id);
    if (point !== 'recorded' || intent === undefined || meddled.has(id)) return;
    meddled.add(id);
    await meddle(intent);
  };
  return { hook, meddled, deliveriesOf: ({ handle }: LoadedIntent) => deliveries.get(handle.id) ?? 0 };
}

/** All jobs are done, and removed. */
async function expectNoJobs(stage: Stage, intents: readonly LoadedIntent[]): Promise<void> {
  const queue = stage.openQueue();
  await inTime(async () => {
    const states = await Promise.all(intents.map(({ handle }) => queue.getJobState(handle.id)));
    expect(new Set(states)).toEqual(new Set(['unknown']));
  });
}

/** A proxy before whatever holds the queue, and the settings that lead a worker through it. */
async function beforeQueue(stage: Stage) {
  const { queue, redisUrl, databaseUrl } = stage.settings;
  const proxy = await TcpProxy.before(queue === 'redis' ? redisUrl : databaseUrl);
  stage.use({ [Symbol.asyncDispose]: () => proxy.close() });
  const through =
    queue === 'redis' ? { redisUrl: proxy.url(redisUrl) } : { databaseUrl: proxy.url(databaseUrl) };
  return { proxy, through };
}

/** How the answer of an intent's completed job begins, and nothing else that is sent. */
const completionOf = ({ handle }: LoadedIntent) => `{"intentId":"${handle.id}"`;

describe.each(BACKENDS)('a queue in %s', { concurrent: true, timeout: 240_000 }, (backend) => {
  test.for(['nothing', 'bytes', 'answer'] as const)(
    'fault 19: whose connection is cut at the completion of a job (%s came through) has it done all the same',
    async (on, context) => {
      await using stage = await openStage(backend);
      const load = await openLoad(stage, { cases: CASES, slowMs: 0 });
      const { proxy, through } = await beforeQueue(stage);
      const intents = await load.submit();
      for (const intent of intents) proxy.cut({ after: completionOf(intent), on });
      await stage.startWorker(Object.values(load.actions), { ...through });
      const effects = await expectOneEffectEach(load, intents);
      await inTime(async () => expect(proxy.waiting).toBe(0));
      expect(proxy.broken).toBeGreaterThan(0);
      await expectNoJobs(stage, intents);
      reportFault(context, { times: proxy.broken, ...effects });
    },
  );

  test('fault 19: whose lock on a job is lost before its completion delivers it again, which gets the stored answer', async (context) => {
    await using stage = await openStage(backend);
    const load = await openLoad(stage, { cases: CASES, slowMs: 0 });
    const intents = await load.submit();
    const { hook, meddled, deliveriesOf } = meddler(intents, (intent) => loseLock(stage, intent));
    await stage.startWorker(Object.values(load.actions), { hook });
    const answers = await answersOf(intents);
    await expectNoJobs(stage, intents);
    for (const intent of intents) expect(deliveriesOf(intent)).toBeGreaterThanOrEqual(2);
    expect(await answersOf(intents)).toEqual(answers);
    reportFault(context, { times: meddled.size, ...(await expectOneEffectEach(load, intents)) });
  });

  test('fault 19: that lost a job before its completion has nothing to deliver again; who submits again gets the stored answer', async (context) => {
    await using stage = await openStage(backend);
    const load = await openLoad(stage, { cases: CASES, slowMs: 0 });
    const intents = await load.submit();
    const { hook, meddled } = meddler(intents, (intent) => removeJob(stage, intent));
    await stage.startWorker(Object.values(load.actions), { hook });
    const answers = await answersOf(intents);
    await inTime(async () => expect(meddled.size).toBe(intents.length));
    await expectNoJobs(stage, intents);
    for (const [n, { kind, caseId }] of intents.entries()) {
      const again = await load.client.submit(load.actions[kind], { caseId });
      expect(await again.answer()).toEqual({ ...answers[n], replayed: true });
    }
    reportFault(context, { times: meddled.size, ...(await expectOneEffectEach(load, intents)) });
  });

  test('fault 19: that is away at the completion, for longer than its lock, delivers to another worker, who answers', async (context) => {
    await using stage = await openStage(backend);
    const load = await openLoad(stage, { cases: CASES, slowMs: 0 });
    const { proxy, through } = await beforeQueue(stage);
    const intents = await load.submit();
    let gone: Promise<void> | undefined;
    const first = meddler(intents, async () => {
      gone ??= proxy.refuse();
      await gone;
    });
    await stage.startWorker(Object.values(load.actions), { ...through, hook: first.hook, sweep: false });
    await inTime(async () => expect(first.meddled.size).toBeGreaterThan(0));
    const second = meddler(intents, async () => undefined);
    await stage.startWorker(Object.values(load.actions), { hook: second.hook });
    const cut = intents.filter(({ handle }) => first.meddled.has(handle.id));
    await inTime(async () => {
      for (const intent of cut) expect(second.deliveriesOf(intent)).toBeGreaterThan(0);
    });
    await proxy.heal(); // the first worker acknowledges what isn't its any more, and holds what it couldn't record
    const effects = await expectOneEffectEach(load, intents);
    await expectNoJobs(stage, intents);
    reportFault(context, { times: cut.length, ...effects });
  });
});
