import type { Answer } from '@latchkey/core';
import type { Client, Handle, QueueKind } from '@latchkey/worker';
import { describe, expect, test, vi } from 'vitest';
import { type ActionsByKind, actionsByKind, type CaseResult, KINDS } from '../worker/setup/actions.ts';
import { bookings, countsByKind, type Recorders, remotesOf, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, QUICK, type Stage } from '../worker/setup/stage.ts';
import { type FaultPoint, startWorkerProcess, type WorkerProcess } from '../worker/setup/worker-process.ts';

type ByKind<T> = Readonly<Record<keyof ActionsByKind, T>>;

/** What one intent of each kind came to: its answer's state, number of the last attempt, effects that the remote counts. */
type Ends = ByKind<readonly [status: Answer['status'], attempt: number, effects: number]>;

interface Scene {
  readonly stage: Stage;
  readonly recorders: Recorders;
  readonly actions: ActionsByKind;
  readonly client: Client;
  /** One intent of each kind, on the same case. */
  readonly handles: ByKind<Handle<CaseResult>>;
}

const CASE = 'CASE-1';

/** `expect.poll` doesn't know its test where several run at once. */
const eventually = (assertion: () => Promise<void>) =>
  vi.waitFor(assertion, { timeout: 10_000, interval: 30 });

/** Submits one intent of each kind; no worker runs yet. */
async function openScene(stage: Stage): Promise<Scene> {
  const recorders = stage.use(await startRecorders());
  const actions = actionsByKind(remotesOf(stage, recorders));
  const client = await stage.connect(...Object.values(actions));
  await stage.query(bookings);
  const submit = async (kind: keyof ActionsByKind) =>
    [kind, await client.submit(actions[kind], { caseId: CASE })] as const;
  const handles = Object.fromEntries(await Promise.all(KINDS.map(submit))) as Scene['handles'];
  return { stage, recorders, actions, client, handles };
}

/** Starts a worker process in which the intents of some kinds stop at a point. */
async function startVictim(
  { stage, recorders, handles }: Scene,
  point: FaultPoint,
  kinds: readonly (keyof ActionsByKind)[],
): Promise<WorkerProcess> {
  const intentIds = kinds.map((kind) => handles[kind].id);
  const victim = await startWorkerProcess({
    settings: { ...stage.settings, ...QUICK, sweep: false },
    remotes: remotesOf(stage, recorders),
    fault: { point, how: 'hold', intentIds },
  });
  await Promise.all(intentIds.map((id) => victim.reached(point, id)));
  return stage.use(victim);
}

async function killAndHeal(scene: Scene, victim: WorkerProcess): Promise<Ends> {
  victim.kill('SIGKILL');
  expect(await victim.exited).toBe('SIGKILL');
  await scene.stage.startWorker(Object.values(scene.actions));
  const answers = await Promise.all(KINDS.map((kind) => scene.handles[kind].answer({ timeoutMs: 20_000 })));
  await expectJobsToFollow(scene, answers);
  await expectSameAnswerAgain(scene, answers);
  const counts = await countsByKind(scene.stage, scene.recorders, CASE);
  const ends = KINDS.map((kind, n) => [kind, [answers[n]?.status, answers[n]?.attempt, counts[kind]]]);
  return Object.fromEntries(ends) as Ends;
}

/** A job of a doubtful intent fails, so that a dashboard shows it; every other one is done, and removed. */
async function expectJobsToFollow({ stage }: Scene, answers: readonly Answer[]): Promise<void> {
  const queue = stage.openQueue();
  for (const { intentId, status } of answers) {
    const state = status === 'in_doubt' ? 'failed' : 'unknown';
    await eventually(async () => expect(await queue.getJobState(intentId)).toBe(state));
  }
}

async function expectSameAnswerAgain({ client, actions }: Scene, answers: readonly Answer[]): Promise<void> {
  for (const [n, kind] of KINDS.entries()) {
    const again = await (await client.submit(actions[kind], { caseId: CASE })).answer();
    expect(again).toEqual({ ...answers[n], replayed: true });
  }
}

async function die(backend: QueueKind, point: FaultPoint): Promise<Ends> {
  await using stage = await openStage(backend);
  const scene = await openScene(stage);
  return await killAndHeal(scene, await startVictim(scene, point, KINDS));
}

describe.each(BACKENDS)('a worker process that is killed (jobs in %s)', { concurrent: true }, (backend) => {
  test('fault 6: before the claim has done nothing, so that all is performed', async () => {
    expect(await die(backend, 'delivered')).toEqual({
      atMostOnce: ['succeeded', 1, 1],
      reconcilable: ['succeeded', 1, 1],
      idempotent: ['succeeded', 1, 1],
      transactional: ['succeeded', 1, 1],
    } satisfies Ends);
  });

  test('fault 7, 9: after the claim, before the effect: taken over where that is safe, else held in doubt', async () => {
    expect(await die(backend, 'claimed')).toEqual({
      atMostOnce: ['in_doubt', 1, 0],
      reconcilable: ['in_doubt', 1, 0], // the remote says "absent", which is no proof
      idempotent: ['succeeded', 2, 1],
      transactional: ['succeeded', 2, 1],
    } satisfies Ends);
  });

  test('fault 8: in mid-request, while the remote is at work', async () => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage);
    const { plain, keyed } = scene.recorders;
    await Promise.all([plain.setFaults({ slowMs: 1_000 }), keyed.setFaults({ slowMs: 1_000 })]);
    const victim = await startVictim(scene, 'sending', ['transactional']); // between its insert and the commit
    await eventually(async () => expect((await plain.stats()).requests).toBe(2));
    await eventually(async () => expect((await keyed.stats()).requests).toBe(1));
    expect((await plain.stats()).effects + (await keyed.stats()).effects).toBe(0);
    expect(await killAndHeal(scene, victim)).toEqual({
      atMostOnce: ['in_doubt', 1, 1],
      reconcilable: ['succeeded', 1, 1],
      idempotent: ['succeeded', expect.toBeOneOf([2, 3, 4]), 1], // "still in flight" is one answer of its remote
      transactional: ['succeeded', 2, 1],
    });
  });

  test('fault 9: after the effect, before the record: no second effect, and all but one kind settle it', async () => {
    expect(await die(backend, 'performed')).toEqual({
      atMostOnce: ['in_doubt', 1, 1],
      reconcilable: ['succeeded', 1, 1],
      idempotent: ['succeeded', 2, 1],
      transactional: ['succeeded', 2, 1],
    } satisfies Ends);
  });

  test('fault 10: after the record, before the acknowledgement: the stored answer', async () => {
    expect(await die(backend, 'recorded')).toEqual({
      atMostOnce: ['succeeded', 1, 1],
      reconcilable: ['succeeded', 1, 1],
      idempotent: ['succeeded', 1, 1],
      transactional: ['succeeded', 1, 1],
    } satisfies Ends);
  });
});
