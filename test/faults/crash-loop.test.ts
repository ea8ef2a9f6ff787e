import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage } from '../worker/setup/stage.ts';
import { expectHealed } from './heal.ts';
import {
  answersOf,
  type Ends,
  endLeases,
  endsOf,
  expectJobsToFollow,
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

/** Starts a worker process that kills itself right after the next effect of this kind; its leases are over then. */
async function dieAfterEffect(scene: Scene, kind: Kind): Promise<void> {
  const victim = await startVictim(scene, { point: 'performed', how: 'kill' }, [kind]);
  expect(await victim.exited).toBe('SIGKILL');
  await endLeases(scene);
}

describe.each(BACKENDS)('with jobs in %s', { concurrent: true, timeout: 120_000 }, (backend) => {
  test('fault 39: a worker that crashes after every effect makes one, and gives up in doubt', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders, { retry: { attempts: 3 } });
    for (let attempt = 1; attempt <= 3; attempt += 1) await dieAfterEffect(scene, 'idempotent');
    await stage.startWorker(Object.values(scene.actions));
    const answer = await scene.handles.idempotent.answer({ timeoutMs: 20_000 });
    expect((await endsOf(scene)).idempotent).toEqual(['in_doubt', 3, 1]);
    expect(answer.error).toMatchObject({
      code: 'LEASE_EXPIRED',
      message: expect.stringContaining('3 attempts'),
    });
    await expectJobsToFollow(scene, [answer]);
    const again = await scene.client.submit(scene.actions.idempotent, { caseId: scene.caseId });
    expect(await again.answer()).toEqual({ ...answer, replayed: true });
    await expectHealed({ task }, scene, 3);
  });

  test("fault 38: past the remote's key window nothing is sent again: in doubt", async ({ task }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders, { keyTtlMs: 3_600_000 });
    await dieAfterEffect(scene, 'idempotent');
    await stage.query("update $schema.intent set sent_at = sent_at - interval '2 hours' where action = $1", [
      scene.actions.idempotent.name,
    ]);
    await stage.startWorker(Object.values(scene.actions));
    const { error } = await scene.handles.idempotent.answer({ timeoutMs: 20_000 });
    expect(error).toMatchObject({ message: expect.stringContaining('key window is over') });
    expect((await endsOf(scene)).idempotent).toEqual(['in_doubt', 1, 1]);
    await expectHealed({ task }, scene, 1);
  });

  test("fault 7: the opt-in `whenAbsent: 'perform'` performs what the remote says is absent", async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders, { whenAbsent: 'perform' });
    const victim = await startVictim(scene, { point: 'claimed', how: 'hold' });
    victim.kill('SIGKILL');
    expect(await victim.exited).toBe('SIGKILL');
    await endLeases(scene);
    await stage.startWorker(Object.values(scene.actions));
    await answersOf(scene);
    expect(await endsOf(scene)).toEqual({
      atMostOnce: ['in_doubt', 1, 0],
      reconcilable: ['succeeded', TAKEN_OVER, 1],
      idempotent: ['succeeded', TAKEN_OVER, 1],
      transactional: ['succeeded', TAKEN_OVER, 1],
    } satisfies Ends);
    await expectHealed({ task }, scene, 1);
  });
});
