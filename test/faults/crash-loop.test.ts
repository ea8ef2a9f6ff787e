import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage } from '../worker/setup/stage.ts';
import {
  answersOf,
  type Ends,
  endsOf,
  expectJobsToFollow,
  expectSameAnswerAgain,
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

/** Starts a worker process that kills itself right after the next effect of this kind. */
async function dieAfterEffect(scene: Scene, kind: (typeof KINDS)[number]): Promise<void> {
  const victim = await startVictim(scene, { point: 'performed', how: 'kill' }, [kind]);
  expect(await victim.exited).toBe('SIGKILL');
}

describe.each(BACKENDS)('with jobs in %s', { concurrent: true }, (backend) => {
  test('fault 39: a worker that crashes after every effect makes one, and gives up in doubt', async () => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders, { retry: { attempts: 3 } });
    for (let attempt = 1; attempt <= 3; attempt += 1) await dieAfterEffect(scene, 'idempotent');
    await stage.startWorker(Object.values(scene.actions));
    const answers = await answersOf(scene);
    expect(await endsOf(scene)).toMatchObject({ idempotent: ['in_doubt', 3, 1] });
    const { error } = answers[KINDS.indexOf('idempotent')] ?? {};
    expect(error).toMatchObject({ code: 'LEASE_EXPIRED', message: expect.stringContaining('3 attempts') });
    await expectJobsToFollow(scene, answers);
    await expectSameAnswerAgain(scene, answers);
    // the other intents were under way in processes that died; whatever they came to, none was performed twice
    for (const [status, , effects] of Object.values(await endsOf(scene)))
      expect(effects).toBeOneOf(status === 'succeeded' ? [1] : [0, 1]);
  });

  test("fault 38: past the remote's key window nothing is sent again: in doubt", async () => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders, { keyTtlMs: 3_600_000 });
    await dieAfterEffect(scene, 'idempotent');
    await stage.query("update $schema.intent set sent_at = sent_at - interval '2 hours' where action = $1", [
      scene.actions.idempotent.name,
    ]);
    await stage.startWorker(Object.values(scene.actions));
    const answers = await answersOf(scene);
    expect((await endsOf(scene)).idempotent).toEqual(['in_doubt', 1, 1]);
    expect(answers[KINDS.indexOf('idempotent')]?.error?.message).toContain('key window is over');
  });

  test("fault 7: the opt-in `whenAbsent: 'perform'` performs what the remote says is absent", async () => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders, { whenAbsent: 'perform' });
    const victim = await startVictim(scene, { point: 'claimed', how: 'hold' });
    victim.kill('SIGKILL');
    expect(await victim.exited).toBe('SIGKILL');
    await stage.startWorker(Object.values(scene.actions));
    await answersOf(scene);
    expect(await endsOf(scene)).toEqual({
      atMostOnce: ['in_doubt', 1, 0],
      reconcilable: ['succeeded', TAKEN_OVER, 1],
      idempotent: ['succeeded', TAKEN_OVER, 1],
      transactional: ['succeeded', TAKEN_OVER, 1],
    } satisfies Ends);
  });
});
