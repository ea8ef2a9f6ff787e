import type { QueueKind } from '@latchkey/worker';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage } from '../worker/setup/stage.ts';
import type { FaultPoint, WorkerProcess } from '../worker/setup/worker-process.ts';
import { eventually } from './eventually.ts';
import { expectHealed } from './heal.ts';
import {
  ANY_ATTEMPT,
  answersOf,
  type Ends,
  endLeases,
  endsOf,
  expectJobsToFollow,
  expectSameAnswerAgain,
  openScene,
  type Scene,
  startVictim,
  TAKEN_OVER,
} from './scene.ts';

type Context = Pick<TestContext, 'task'>;

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

async function killAndHeal(context: Context, scene: Scene, victim: WorkerProcess): Promise<Ends> {
  victim.kill('SIGKILL');
  expect(await victim.exited).toBe('SIGKILL');
  await endLeases(scene);
  await scene.stage.startWorker(Object.values(scene.actions));
  const answers = await answersOf(scene);
  await expectJobsToFollow(scene, answers);
  await expectSameAnswerAgain(scene, answers);
  const ends = await endsOf(scene);
  await expectHealed(context, scene, 1);
  return ends;
}

async function dieAt(context: Context, backend: QueueKind, point: FaultPoint): Promise<Ends> {
  await using stage = await openStage(backend);
  const scene = await openScene(stage, recorders);
  return await killAndHeal(context, scene, await startVictim(scene, { point, how: 'hold' }));
}

describe.each(BACKENDS)(
  'a worker process that is killed (jobs in %s)',
  { concurrent: true, timeout: 120_000 },
  (backend) => {
    test('fault 6: before the claim has done nothing, so that all is performed', async ({ task }) => {
      expect(await dieAt({ task }, backend, 'delivered')).toEqual({
        atMostOnce: ['succeeded', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', ANY_ATTEMPT, 1],
        transactional: ['succeeded', 1, 1],
      } satisfies Ends);
    });

    test('fault 7, 9: after the claim, before the effect: taken over where that is safe, else held in doubt', async ({
      task,
    }) => {
      expect(await dieAt({ task }, backend, 'claimed')).toEqual({
        atMostOnce: ['in_doubt', 1, 0],
        reconcilable: ['in_doubt', 1, 0], // the remote says "absent", which is no proof
        idempotent: ['succeeded', TAKEN_OVER, 1],
        transactional: ['succeeded', TAKEN_OVER, 1],
      } satisfies Ends);
    });

    test('fault 8: in mid-request, while the remote is at work', async ({ task }) => {
      await using stage = await openStage(backend);
      const own = stage.use(await startRecorders());
      const { plain, keyed } = own;
      const scene = await openScene(stage, own);
      await Promise.all([plain.setFaults({ slowMs: 3_000 }), keyed.setFaults({ slowMs: 3_000 })]);
      const betweenInsertAndCommit = { point: 'sending', how: 'hold' } as const;
      const victim = await startVictim(scene, betweenInsertAndCommit, ['transactional']);
      await eventually(async () => expect((await plain.stats()).requests).toBe(2));
      await eventually(async () => expect((await keyed.stats()).requests).toBe(1));
      expect((await plain.stats()).effects + (await keyed.stats()).effects).toBe(0);
      victim.kill('SIGKILL'); // the remote goes on; it is asked only after it has finished
      await endLeases(scene, ['atMostOnce', 'idempotent', 'transactional']);
      await scene.stage.startWorker(Object.values(scene.actions));
      await eventually(async () => expect((await plain.stats()).effects).toBe(2));
      expect(await killAndHeal({ task }, scene, victim)).toEqual({
        atMostOnce: ['in_doubt', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', TAKEN_OVER, 1], // its remote first says "still in flight"
        transactional: ['succeeded', TAKEN_OVER, 1],
      });
    });

    test('fault 9: after the effect, before the record: no second effect, and all but one kind settle it', async ({
      task,
    }) => {
      expect(await dieAt({ task }, backend, 'performed')).toEqual({
        atMostOnce: ['in_doubt', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', TAKEN_OVER, 1],
        transactional: ['succeeded', TAKEN_OVER, 1],
      } satisfies Ends);
    });

    test('fault 10: after the record, before the acknowledgement: the stored answer', async ({ task }) => {
      expect(await dieAt({ task }, backend, 'recorded')).toEqual({
        atMostOnce: ['succeeded', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', ANY_ATTEMPT, 1],
        transactional: ['succeeded', 1, 1],
      } satisfies Ends);
    });
  },
);
