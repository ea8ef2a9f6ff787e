import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsByKind } from './setup/actions.ts';
import { effectsOf, remotesOf, startRecorders } from './setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

const WHO = { by: 'ada', reason: 'the ticket was deleted by mistake' };

describe.each(BACKENDS)('a succeeded intent that a person reruns, its jobs in %s', (backend) => {
  let stage: Stage;
  let scene: Awaited<ReturnType<typeof openScene>>;
  const openScene = async () => {
    const recorders = stage.use(await startRecorders());
    const actions = actionsByKind(remotesOf(stage, recorders));
    await stage.startWorker(Object.values(actions));
    return { recorders, actions, client: await stage.connect(...Object.values(actions)) };
  };
  beforeAll(async () => {
    stage = await openStage(backend);
    scene = await openScene();
  });
  afterAll(() => stage.close());

  test('has a second effect, though the remote drops repeated keys, and is answered with the second', async () => {
    const { actions, client, recorders } = scene;
    const first = await (
      await client.submit(actions.idempotent, { caseId: 'A-1', body: 'as it was' })
    ).answer();
    await client.rerun(first.intentId, { ...WHO, attempt: first.attempt });
    const handle = await client.submit(actions.idempotent, { caseId: 'A-1', body: 'reworded' });
    const second = await handle.answer();

    expect(second).toMatchObject({
      intentId: first.intentId,
      key: first.key,
      status: 'succeeded',
      generation: 2,
    });
    expect(second.result).not.toEqual(first.result);
    expect(await effectsOf(recorders.keyed, 'ticket.open', 'A-1')).toBe(2);
    const found = await client.find(first.intentId);
    expect(found?.superseded).toMatchObject([
      {
        generation: 1,
        attempt: 1,
        result: JSON.stringify(first.result),
        externalId: first.externalId,
        ...WHO,
      },
    ]);
    expect(found?.story.map(({ event }) => event)).toContain('rerun');
    expect(found?.record.input).toContain('as it was');
  });

  test('is rerun once by two people who ask at the same moment, and not by who saw an older answer', async () => {
    const { actions, client, recorders } = scene;
    const handle = await client.submit(actions.idempotent, { caseId: 'A-2' });
    const { intentId, attempt } = await handle.answer();
    const both = await Promise.allSettled(
      ['ada', 'bob'].map((by) => client.rerun(intentId, { by, reason: WHO.reason, attempt })),
    );
    await handle.answer();

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(client.rerun(intentId, { ...WHO, attempt })).rejects.toMatchObject({
      code: 'NOT_LEGAL',
      message: expect.stringContaining('look again'),
    });
    expect(await effectsOf(recorders.keyed, 'ticket.open', 'A-2')).toBe(2);
  });

  test('is untouched by a replay, which is for what failed', async () => {
    const { actions, client, recorders } = scene;
    const handle = await client.submit(actions.idempotent, { caseId: 'A-3' });
    const { intentId } = await handle.answer();
    await expect(client.replay(intentId, WHO)).rejects.toMatchObject({ code: 'NOT_LEGAL' });
    expect(await handle.answer()).not.toHaveProperty('generation');
    expect(await effectsOf(recorders.keyed, 'ticket.open', 'A-3')).toBe(1);
  });
});
