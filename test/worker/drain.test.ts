import { startWorker } from '@latchkey/worker';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import { reportFault } from '../faults/report.ts';
import { TcpProxy } from '../faults/tcp-proxy.ts';
import { actionsByKind } from './setup/actions.ts';
import { bookings, effectsOf, type Recorders, remotesOf, startRecorders } from './setup/oracle.ts';
import { BACKENDS, openStage, QUICK, quiet, type Stage } from './setup/stage.ts';
import { startWorkerProcess, type WorkerProcess } from './setup/worker-process.ts';

describe.each(BACKENDS)('a worker that is asked to leave (jobs in %s)', (backend) => {
  let recorders: Recorders;
  beforeAll(async () => {
    recorders = await startRecorders();
    await Promise.all(
      [recorders.plain, recorders.keyed].map((remote) => remote.setFaults({ slowMs: 1_500 })),
    );
  });
  afterAll(() => recorders[Symbol.asyncDispose]());

  /** A stage with intents under way at a slow remote: the first half of them, while the others wait for a slot. */
  async function openScene(stage: Stage) {
    const actions = actionsByKind(remotesOf(stage, recorders));
    const client = await stage.connect(...Object.values(actions));
    await stage.query(bookings);
    const send = actions.atMostOnce;
    const cases = Array.from({ length: 6 }, (_, n) => `${stage.settings.schema}-${n}`);
    const handles = await client.submitMany(cases.map((caseId) => ({ action: send, input: { caseId } })));
    const counts = () => Promise.all(cases.map((caseId) => effectsOf(recorders.plain, send.name, caseId)));
    const states = () => Promise.all(handles.map((handle) => handle.status()));
    const inState = async (state: string) => (await states()).filter((other) => other === state).length;
    return { actions, client, send, handles, counts, inState };
  }
  type Scene = Awaited<ReturnType<typeof openScene>>;

  /** What was begun is recorded under its first attempt, what wasn't is as it was; a successor does the rest. */
  async function expectDrained(
    context: Pick<TestContext, 'task'>,
    stage: Stage,
    scene: Scene,
  ): Promise<void> {
    expect([await scene.inState('succeeded'), await scene.inState('pending')]).toEqual([3, 3]);
    expect((await scene.counts()).filter((count) => count === 1)).toHaveLength(3);
    const queue = stage.openQueue();
    for (const { id, status } of scene.handles) {
      const isDone = (await status()) === 'succeeded';
      expect(await queue.getJobState(id)).toBe(isDone ? 'unknown' : 'waiting'); // acknowledged, or never taken
    }
    await stage.startWorker(Object.values(scene.actions));
    const answers = await Promise.all(scene.handles.map((handle) => handle.answer()));
    expect(new Set(answers.map(({ status, attempt }) => `${status} ${attempt}`))).toEqual(
      new Set(['succeeded 1']),
    );
    const counts = await scene.counts();
    expect(new Set(counts)).toEqual(new Set([1]));
    const done = counts.reduce((sum, count) => sum + count, 0);
    reportFault(context, { times: 1, wanted: scene.handles.length, done });
  }

  test('fault 42: finishes and records what it performs, and takes nothing more', async ({ task }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage);
    const worker = await stage.startWorker(Object.values(scene.actions), { concurrency: 3 });
    await expect.poll(() => scene.inState('claimed')).toBe(3);
    await Promise.all([worker.close(), worker.close()]); // told twice, it leaves once
    await expectDrained({ task }, stage, scene);
  });

  async function startProcess(
    stage: Stage,
    fault?: { point: 'performed'; intentIds: string[] },
  ): Promise<WorkerProcess> {
    const settings = { ...stage.settings, ...QUICK, concurrency: 3, sweep: false } as const;
    return stage.use(
      await startWorkerProcess({
        settings,
        remotes: remotesOf(stage, recorders),
        ...(fault ? { fault: { ...fault, how: 'hold' } } : {}),
      }),
    );
  }

  test('fault 42: by SIGTERM does so too, and its process ends well', async ({ task }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage);
    const process = await startProcess(stage);
    await expect.poll(() => scene.inState('claimed')).toBe(3);
    process.kill('SIGTERM');
    expect(await process.exited).toBe(0);
    await expectDrained({ task }, stage, scene);
  });

  test('fault 42: by a second SIGTERM leaves at once, which is as safe as a crash', async ({ task }) => {
    await using stage = await openStage(backend);
    const actions = actionsByKind(remotesOf(stage, recorders));
    const client = await stage.connect(...Object.values(actions));
    const caseId = `${stage.settings.schema}-second`;
    const doubtful = await client.submit(actions.atMostOnce, { caseId });
    const repeatable = await client.submit(actions.idempotent, { caseId });
    const intentIds = [doubtful.id, repeatable.id];
    const process = await startProcess(stage, { point: 'performed', intentIds });
    await Promise.all(intentIds.map((id) => process.reached('performed', id)));
    process.kill('SIGTERM');
    await process.leaving;
    process.kill('SIGTERM');
    expect(await process.exited).toBe(1);
    await stage.query("update $schema.intent set lease_until = now() - interval '1 second'");
    await stage.startWorker(Object.values(actions));
    expect(await doubtful.answer()).toMatchObject({ status: 'in_doubt', attempt: 1 });
    expect(await repeatable.answer()).toMatchObject({ status: 'succeeded', attempt: 2 });
    const sent = await effectsOf(recorders.plain, actions.atMostOnce.name, caseId);
    const opened = await effectsOf(recorders.keyed, actions.idempotent.name, caseId);
    expect([sent, opened]).toEqual([1, 1]);
    reportFault({ task }, { times: 1, wanted: 2, done: sent + opened });
  });
});

test('a worker leaves although its connection to Redis is lost at that moment', async () => {
  await using stage = await openStage('redis');
  const { redisUrl, schema } = stage.settings;
  const proxy = await TcpProxy.before(redisUrl);
  const nowhere = { recorderUrl: 'http://127.0.0.1:1', keyedUrl: 'http://127.0.0.1:1', schema };
  const worker = await startWorker({
    ...stage.settings,
    ...QUICK,
    redisUrl: proxy.url(redisUrl),
    actions: Object.values(actionsByKind(nowhere)),
    log: quiet,
  });
  await vi.waitUntil(() => proxy.open >= 3, { timeout: 20_000 }); // the queue's, the worker's, and the one that waits for jobs
  proxy.hangUp();
  // each pauses before it tries to connect again
  await vi.waitUntil(() => proxy.broken > 20, { timeout: 20_000 });
  const closed = worker.close();
  await proxy.heal(); // Redis is back, and BullMQ's worker would wait for ever all the same
  await closed;
  await proxy.close();
});
