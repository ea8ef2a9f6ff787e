import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../worker/setup/actions.ts';
import { type Recorders, remotesOf, startRecorders } from '../worker/setup/oracle.ts';
import { openStage, QUICK } from '../worker/setup/stage.ts';
import { startWorkerProcess } from '../worker/setup/worker-process.ts';
import { eventually } from './eventually.ts';
import { expectHealed } from './heal.ts';
import { answersOf, type Ends, endsOf, openScene, type Scene } from './scene.ts';
import { TcpProxy } from './tcp-proxy.ts';

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

/** So long that the lease isn't over when the outcome is recorded. */
const LONG = { leaseMs: 60_000, deadlineMs: 60_000 };

/** A worker whose path to PostgreSQL is cut when its effect of the `atMostOnce` intent has happened. */
async function cutAfterEffect(scene: Scene, proxy: TcpProxy) {
  const { stage, handles } = scene;
  const { id } = handles.atMostOnce;
  const others = KINDS.filter((kind) => kind !== 'atMostOnce');
  const worker = stage.use(
    await startWorkerProcess({
      settings: {
        ...stage.settings,
        ...QUICK,
        databaseUrl: proxy.url(stage.settings.databaseUrl),
        sweep: false,
      },
      remotes: remotesOf(stage, recorders),
      timing: scene.timing,
      fault: { point: 'performed', how: 'hold', intentIds: [id] },
    }),
  );
  await worker.reached('performed', id);
  await Promise.all(others.map((kind) => worker.reached('recorded', handles[kind].id)));
  await proxy.refuse();
  worker.release();
  return worker;
}

test('fault 16: the outcome of an effect outlives both the database connection and the worker', async ({
  task,
}) => {
  await using stage = await openStage('redis');
  const scene = await openScene(stage, recorders, LONG);
  const proxy = await TcpProxy.before(stage.settings.databaseUrl);
  const worker = await cutAfterEffect(scene, proxy);
  const queue = stage.openQueue();
  await eventually(async () => {
    const job = await queue.getJob(scene.handles.atMostOnce.id);
    expect(job?.progress).toMatchObject({ latchkey: { token: 1, ending: { state: 'succeeded' } } });
  });
  worker.kill('SIGKILL');
  expect(await worker.exited).toBe('SIGKILL');
  expect(proxy.broken).toBeGreaterThan(0);

  await stage.startWorker(Object.values(scene.actions));
  const [atMostOnce] = await answersOf(scene);
  expect(atMostOnce).toMatchObject({
    status: 'succeeded',
    attempt: 1,
    result: { effectId: expect.any(String) },
  });
  expect(await endsOf(scene)).toMatchObject({ atMostOnce: ['succeeded', 1, 1] } satisfies Partial<Ends>);
  await expectHealed({ task }, scene, proxy.broken);
});

test('fault 16: a living worker records as soon as the database is back, and performs nothing again', async ({
  task,
}) => {
  await using stage = await openStage('redis');
  const scene = await openScene(stage, recorders, LONG);
  const proxy = await TcpProxy.before(stage.settings.databaseUrl);
  await cutAfterEffect(scene, proxy);
  expect(await scene.handles.atMostOnce.status()).toBe('claimed');
  await proxy.heal();
  await answersOf(scene);
  expect(await endsOf(scene)).toEqual({
    atMostOnce: ['succeeded', 1, 1],
    reconcilable: ['succeeded', 1, 1],
    idempotent: ['succeeded', 1, 1],
    transactional: ['succeeded', 1, 1],
  } satisfies Ends);
  await expectHealed({ task }, scene, proxy.broken);
});
