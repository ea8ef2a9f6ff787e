import type { QueueKind } from '@latchkey/worker';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../worker/setup/actions.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import type { FaultPoint } from '../worker/setup/worker-process.ts';
import {
  answersOf,
  type Ends,
  endsOf,
  eventually,
  expectSameAnswerAgain,
  type Kind,
  openScene,
  type Scene,
  startVictim,
} from './scene.ts';

interface Pause {
  /** How all stood while the process was stopped, and others had done what they may. */
  readonly meanwhile: Ends;
  readonly scene: Scene;
}

/** Stops a worker process (SIGSTOP) while all its intents are at a point, until its leases are over and settled. */
async function pauseAt(backend: QueueKind, stage: Stage, point: FaultPoint): Promise<Pause> {
  const scene = await openScene(stage);
  const victim = await startVictim(scene, { point, how: 'hold' });
  victim.kill('SIGSTOP');
  await stage.startWorker(Object.values(scene.actions));
  await answersOf(scene); // each waits until nothing more happens by itself
  const meanwhile = await endsOf(scene);
  victim.release(); // it hears of this when it wakes
  victim.kill('SIGCONT');
  await Promise.all(KINDS.map((kind) => victim.reached('recorded', scene.handles[kind].id)));
  return { meanwhile, scene };
}

async function storiesOf({ client, handles }: Scene, kind: Kind): Promise<string[]> {
  const found = await client.find(handles[kind].id);
  return (found?.story ?? []).map(({ event, attempt }) => `${event} ${attempt}`);
}

describe.each(BACKENDS)(
  'a worker process paused past its lease (jobs in %s)',
  { concurrent: true },
  (backend) => {
    test('fault 15: before its last check sends nothing when it wakes, and says so', async () => {
      await using stage = await openStage(backend);
      const { meanwhile, scene } = await pauseAt(backend, stage, 'claimed');
      expect(meanwhile).toEqual({
        atMostOnce: ['in_doubt', 1, 0],
        reconcilable: ['in_doubt', 1, 0],
        idempotent: ['succeeded', 2, 1],
        transactional: ['succeeded', 2, 1],
      } satisfies Ends);
      // "surely not performed" heals a doubt whose token is current: both are performed now, for the first time
      await eventually(async () =>
        expect(await endsOf(scene)).toEqual({
          atMostOnce: ['succeeded', 2, 1],
          reconcilable: ['succeeded', 2, 1],
          idempotent: ['succeeded', 2, 1],
          transactional: ['succeeded', 2, 1],
        } satisfies Ends),
      );
      expect((await scene.recorders.keyed.stats()).requests).toBe(1);
      expect(await storiesOf(scene, 'atMostOnce')).toContain('not_performed 1');
      for (const kind of ['idempotent', 'transactional'] as const)
        expect(await storiesOf(scene, kind)).toContain('stale_outcome 1');
      await expectSameAnswerAgain(scene, await answersOf(scene));
    });

    test('fault 15: after its last check does send: then nobody else has, or the remote drops it', async () => {
      await using stage = await openStage(backend);
      const { meanwhile, scene } = await pauseAt(backend, stage, 'sending');
      expect(meanwhile).toEqual({
        atMostOnce: ['in_doubt', 1, 0],
        reconcilable: ['in_doubt', 1, 0], // the remote said "absent", truthfully
        idempotent: ['succeeded', 2, 1],
        transactional: ['succeeded', 2, 1],
      } satisfies Ends);
      const { result } = await scene.handles.idempotent.answer();
      await eventually(async () =>
        expect(await endsOf(scene)).toEqual({
          atMostOnce: ['succeeded', 1, 1], // its late outcome healed the doubt
          reconcilable: ['succeeded', 1, 1],
          idempotent: ['succeeded', 2, 1],
          transactional: ['succeeded', 2, 1],
        } satisfies Ends),
      );
      expect((await scene.recorders.keyed.stats()).requests).toBe(2); // the late one did go out
      for (const kind of ['idempotent', 'transactional'] as const)
        expect(await storiesOf(scene, kind)).toContain('stale_outcome 1');
      expect((await scene.handles.idempotent.answer()).result).toEqual(result);
      await expectSameAnswerAgain(scene, await answersOf(scene));
    });

    test('fault 14: after the effect records it late, which heals the doubt, or changes nothing', async () => {
      await using stage = await openStage(backend);
      const { meanwhile, scene } = await pauseAt(backend, stage, 'performed');
      expect(meanwhile).toEqual({
        atMostOnce: ['in_doubt', 1, 1],
        reconcilable: ['succeeded', 1, 1], // the remote was asked, and has it
        idempotent: ['succeeded', 2, 1],
        transactional: ['succeeded', 2, 1],
      } satisfies Ends);
      await eventually(async () =>
        expect(await endsOf(scene)).toEqual({ ...meanwhile, atMostOnce: ['succeeded', 1, 1] }),
      );
      for (const kind of ['idempotent', 'transactional'] as const)
        expect(await storiesOf(scene, kind)).toContain('stale_outcome 1');
      await expectSameAnswerAgain(scene, await answersOf(scene));
    });

    test.each(['claimed', 'sending'] as const)(
      'fault 14: whose event loop is blocked (%s) is no second sender',
      async (point) => {
        await using stage = await openStage(backend);
        const scene = await openScene(stage);
        const victim = await startVictim(scene, { point, how: 'block', blockMs: 4_000 }, ['atMostOnce']);
        await stage.startWorker(Object.values(scene.actions));
        expect(await scene.handles.atMostOnce.answer()).toMatchObject({ status: 'in_doubt', attempt: 1 });
        await victim.reached('recorded', scene.handles.atMostOnce.id);
        const attempt = point === 'claimed' ? 2 : 1;
        await eventually(async () =>
          expect((await endsOf(scene)).atMostOnce).toEqual(['succeeded', attempt, 1]),
        );
        const others = { ...(await endsOf(scene)), atMostOnce: undefined };
        for (const end of Object.values(others)) if (end) expect([end[0], end[2]]).toEqual(['succeeded', 1]);
      },
    );

    test('fault 14: a slow effect outlives its lease many times over: it is renewed, and nobody takes over', async () => {
      await using stage = await openStage(backend);
      const scene = await openScene(stage, { leaseMs: 400, deadlineMs: 10_000 });
      const { plain, keyed } = scene.recorders;
      await Promise.all([plain.setFaults({ slowMs: 2_500 }), keyed.setFaults({ slowMs: 2_500 })]);
      await stage.startWorker(Object.values(scene.actions));
      await stage.startWorker(Object.values(scene.actions));
      await answersOf(scene);
      expect(await endsOf(scene)).toEqual({
        atMostOnce: ['succeeded', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', 1, 1],
        transactional: ['succeeded', 1, 1],
      } satisfies Ends);
    });
  },
);
