import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import type { FaultPoint } from '../worker/setup/worker-process.ts';
import { eventually } from './eventually.ts';
import { expectHealed } from './heal.ts';
import {
  ANY_ATTEMPT,
  ageClaims,
  answersOf,
  type Ends,
  endsOf,
  expectSameAnswerAgain,
  type Kind,
  openScene,
  type Scene,
  startVictim,
  TAKEN_OVER,
} from './scene.ts';

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

interface Pause {
  /** How all stood while the process was stopped, and others had done what they may. */
  readonly meanwhile: Ends;
  readonly scene: Scene;
}

/** Leases that really end, by the clocks of the ledger and of the worker; short enough to wait for. */
const PAUSABLE = { leaseMs: 4_000 };

/** Leases of the stopped process that ran out: the ends show that each was taken over, or ended in doubt. */
const PAUSED = KINDS.length;

/** Stops a worker process (SIGSTOP) while all its intents are at a point, until its leases are over and settled. */
async function pauseAt(stage: Stage, point: FaultPoint): Promise<Pause> {
  const scene = await openScene(stage, recorders, PAUSABLE);
  const victim = await startVictim(scene, { point, how: 'hold' });
  victim.kill('SIGSTOP');
  await ageClaims(scene);
  await stage.startWorker(Object.values(scene.actions));
  await answersOf(scene); // each waits until nothing more happens by itself
  const meanwhile = await endsOf(scene);
  victim.release(); // it hears of this when it wakes
  victim.kill('SIGCONT');
  await Promise.all(KINDS.map((kind) => victim.reached('recorded', scene.handles[kind].id)));
  return { meanwhile, scene };
}

interface Told {
  readonly event: string;
  readonly attempt: number;
  /** What the attempt came to, where that came too late. */
  readonly outcome: unknown;
}

async function storyOf({ client, handles }: Scene, kind: Kind): Promise<Told[]> {
  const found = await client.find(handles[kind].id);
  return (found?.story ?? []).map(({ event, attempt, detail }) => ({
    event,
    attempt,
    outcome: detail?.outcome,
  }));
}

/** What the first holder said after it had been taken over is kept as evidence, and nothing else. */
async function expectEvidence(scene: Scene, outcomes: Partial<Record<Kind, string>>): Promise<void> {
  for (const [kind, outcome] of Object.entries(outcomes)) {
    const story = await storyOf(scene, kind as Kind);
    expect(story).toContainEqual({ event: 'stale_outcome', attempt: 1, outcome });
  }
}

describe.each(BACKENDS)(
  'a worker process silent past its lease (jobs in %s)',
  { concurrent: true, timeout: 120_000 },
  (backend) => {
    test('fault 15: paused before its last check sends nothing when it wakes, and says so', async ({
      task,
    }) => {
      await using stage = await openStage(backend);
      const { meanwhile, scene } = await pauseAt(stage, 'claimed');
      expect(meanwhile).toEqual({
        atMostOnce: ['in_doubt', 1, 0],
        reconcilable: ['in_doubt', 1, 0],
        idempotent: ['succeeded', TAKEN_OVER, 1],
        transactional: ['succeeded', TAKEN_OVER, 1],
      } satisfies Ends);
      // "surely not performed" heals a doubt whose token is current: both are performed now, for the first time
      await eventually(async () =>
        expect(await endsOf(scene)).toEqual({
          atMostOnce: ['succeeded', 2, 1],
          reconcilable: ['succeeded', TAKEN_OVER, 1],
          idempotent: ['succeeded', TAKEN_OVER, 1],
          transactional: ['succeeded', TAKEN_OVER, 1],
        } satisfies Ends),
      );
      for (const kind of ['atMostOnce', 'reconcilable'] as const)
        expect(await storyOf(scene, kind)).toContainEqual(
          expect.objectContaining({ event: 'not_performed', attempt: 1 }),
        );
      await expectEvidence(scene, { idempotent: 'pending', transactional: 'pending' });
      await expectSameAnswerAgain(scene, await answersOf(scene));
      await expectHealed({ task }, scene, PAUSED);
    });

    test('fault 15: paused after its last check does send: then nobody else has, or the remote drops it', async ({
      task,
    }) => {
      await using stage = await openStage(backend);
      const { meanwhile, scene } = await pauseAt(stage, 'sending');
      expect(meanwhile).toEqual({
        atMostOnce: ['in_doubt', 1, 0],
        reconcilable: ['in_doubt', 1, 0], // the remote said "absent", truthfully
        idempotent: ['succeeded', TAKEN_OVER, 1],
        transactional: ['succeeded', TAKEN_OVER, 1],
      } satisfies Ends);
      const { result } = await scene.handles.idempotent.answer();
      await eventually(async () =>
        expect(await endsOf(scene)).toEqual({
          atMostOnce: ['succeeded', 1, 1], // its late outcome healed the doubt
          reconcilable: ['succeeded', 1, 1],
          idempotent: ['succeeded', TAKEN_OVER, 1],
          transactional: ['succeeded', TAKEN_OVER, 1],
        } satisfies Ends),
      );
      // the late request did go out, and its remote gave it the first answer; the late insert was rolled back
      await expectEvidence(scene, { idempotent: 'succeeded', transactional: 'rolled_back' });
      expect((await scene.handles.idempotent.answer()).result).toEqual(result);
      await expectSameAnswerAgain(scene, await answersOf(scene));
      await expectHealed({ task }, scene, PAUSED);
    });

    test('fault 14: paused after the effect records it late, which heals the doubt, or changes nothing', async ({
      task,
    }) => {
      await using stage = await openStage(backend);
      const { meanwhile, scene } = await pauseAt(stage, 'performed');
      expect(meanwhile).toEqual({
        atMostOnce: ['in_doubt', 1, 1],
        reconcilable: ['succeeded', 1, 1], // the remote was asked, and has it
        idempotent: ['succeeded', TAKEN_OVER, 1],
        transactional: ['succeeded', TAKEN_OVER, 1],
      } satisfies Ends);
      await eventually(async () =>
        expect(await endsOf(scene)).toEqual({ ...meanwhile, atMostOnce: ['succeeded', 1, 1] }),
      );
      await expectEvidence(scene, { idempotent: 'succeeded', transactional: 'rolled_back' });
      await expectSameAnswerAgain(scene, await answersOf(scene));
      await expectHealed({ task }, scene, PAUSED);
    });

    test('fault 15: paused ends nothing of who took over from it and is still at work', async ({ task }) => {
      await using stage = await openStage(backend);
      const scene = await openScene(stage, recorders, PAUSABLE);
      const takenOver = ['idempotent', 'transactional'] as const;
      const first = await startVictim(scene, { point: 'performed', how: 'hold' });
      first.kill('SIGSTOP');
      const second = await startVictim(scene, { point: 'claimed', how: 'hold' }, takenOver);
      first.release();
      first.kill('SIGCONT');
      await Promise.all(takenOver.map((kind) => first.reached('recorded', scene.handles[kind].id)));
      await eventually(() =>
        expectEvidence(scene, { idempotent: 'succeeded', transactional: 'rolled_back' }),
      );
      expect(await endsOf(scene)).toMatchObject({
        idempotent: ['claimed', 2, 1],
        transactional: ['claimed', 2, 0],
      });
      second.release();
      await answersOf(scene);
      expect(await endsOf(scene)).toMatchObject({
        idempotent: ['succeeded', TAKEN_OVER, 1],
        transactional: ['succeeded', TAKEN_OVER, 1],
      });
      await expectHealed({ task }, scene, takenOver.length);
    });

    test.for(['claimed', 'sending'] as const)(
      'fault 14: whose event loop is blocked (%s) is no second sender',
      async (point, { task }) => {
        await using stage = await openStage(backend);
        const scene = await openScene(stage, recorders, PAUSABLE);
        const victim = await startVictim(scene, { point, how: 'block' }, ['atMostOnce']);
        await stage.startWorker(Object.values(scene.actions));
        expect(await scene.handles.atMostOnce.answer()).toMatchObject({ status: 'in_doubt', attempt: 1 });
        victim.release();
        await victim.reached('recorded', scene.handles.atMostOnce.id);
        const attempt = point === 'claimed' ? 2 : 1;
        await eventually(async () =>
          expect((await endsOf(scene)).atMostOnce).toEqual(['succeeded', attempt, 1]),
        );
        // the others were frozen wherever they happened to be
        for (const [status, , effects] of Object.values(await endsOf(scene)))
          expect(effects).toBeOneOf(status === 'succeeded' ? [1] : [0, 1]);
        await expectHealed({ task }, scene, 1);
      },
    );

    test("fault 14: which loses only its queue's lock keeps its leases: the next delivery waits for it", async ({
      task,
    }) => {
      await using stage = await openStage(backend);
      const scene = await openScene(stage, recorders);
      const victim = await startVictim(scene, { point: 'sending', how: 'hold' });
      victim.kill('SIGSTOP');
      await stage.startWorker(Object.values(scene.actions));
      const queue = stage.openQueue();
      const states = () => Promise.all(KINDS.map((kind) => queue.getJobState(scene.handles[kind].id)));
      // BullMQ found the jobs stalled and delivered them here, where they are put aside
      await eventually(async () => expect(new Set(await states())).toEqual(new Set(['delayed'])));
      victim.release();
      victim.kill('SIGCONT');
      await answersOf(scene);
      expect(await endsOf(scene)).toEqual({
        atMostOnce: ['succeeded', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', ANY_ATTEMPT, 1],
        transactional: ['succeeded', 1, 1],
      } satisfies Ends);
      await eventually(async () => expect(new Set(await states())).toEqual(new Set(['unknown'])));
      await expectHealed({ task }, scene, KINDS.length);
    });

    test('fault 14: but alive renews the leases of slow effects, and nobody takes over', async ({ task }) => {
      await using stage = await openStage(backend);
      const scene = await openScene(stage, recorders, PAUSABLE);
      const slow = await startVictim(scene, { point: 'sending', how: 'hold' });
      await stage.startWorker(Object.values(scene.actions));
      const outlived = `select 1 from $schema.intent
        where claimed_at + interval '${PAUSABLE.leaseMs + 2_000} ms' < now() and token = 1`;
      await eventually(async () => expect(await stage.query(outlived)).toHaveLength(KINDS.length));
      slow.release();
      await answersOf(scene);
      expect(await endsOf(scene)).toEqual({
        atMostOnce: ['succeeded', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', ANY_ATTEMPT, 1],
        transactional: ['succeeded', 1, 1],
      } satisfies Ends);
      await expectHealed({ task }, scene, KINDS.length);
    });
  },
);
