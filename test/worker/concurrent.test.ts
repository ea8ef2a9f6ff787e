import { type Answer, atMostOnce, defineAction } from '@latchkey/core';
import { describe, expect, test } from 'vitest';
import { reportFault } from '../faults/report.ts';
import { actionsByKind, type CaseInput, postEffect } from './setup/actions.ts';
import { effectsOf, remotesOf, startRecorders } from './setup/oracle.ts';
import { startProducer } from './setup/producer-process.ts';
import { BACKENDS, openStage } from './setup/stage.ts';

describe.each(BACKENDS)('with jobs in %s', (backend) => {
  test('fault 3: 100 submissions of one intent at once, from 4 processes, are one effect and 100 equal answers', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const recorders = stage.use(await startRecorders());
    const remotes = remotesOf(stage, recorders);
    const actions = actionsByKind(remotes);
    await stage.startWorker(Object.values(actions));
    await stage.startWorker(Object.values(actions));
    const config = { settings: stage.settings, remotes, caseId: 'A-1', times: 25 };
    const producers = await Promise.all(Array.from({ length: 4 }, () => startProducer(config)));
    for (const producer of producers) stage.use(producer);

    const answers = (await Promise.all(producers.map((producer) => producer.submit()))).flat();

    expect(answers).toHaveLength(100);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, replayed: true }))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 'succeeded', result: { effectId: 'E-1' } });
    const done = await effectsOf(recorders.plain, 'message.send', 'A-1');
    expect(done).toBe(1);
    reportFault({ task }, { times: answers.length, wanted: 1, done });
  });

  test('a duplicate waits without holding a slot: what stands behind it is done meanwhile', async () => {
    await using stage = await openStage(backend);
    const recorders = stage.use(await startRecorders());
    const { idempotent: open, atMostOnce: send } = actionsByKind(remotesOf(stage, recorders));
    const [performing, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = defineAction({
      name: 'message.slow',
      input: send.input,
      key: ['caseId'],
      effect: atMostOnce({
        perform: async (input: CaseInput, ctx) => {
          performing.resolve();
          await mayEnd.promise;
          return postEffect(recorders.plain.url, input, ctx);
        },
      }),
    });
    const queue = stage.openQueue();
    const kept = { removeOnComplete: false };

    const busy = await stage.startWorker([slow, open], { concurrency: 1, name: 'busy' });
    const first = await queue.add(slow.name, { caseId: 'B-1' }, kept);
    await performing.promise;
    const free = await stage.startWorker([slow, open], { concurrency: 1, name: 'free' });
    const duplicate = await queue.add(slow.name, { caseId: 'B-1' }, kept);
    const behind = await queue.add(open.name, { caseId: 'B-2' }, kept);

    expect(await queue.ended(behind)).toMatchObject({ status: 'succeeded' });
    mayEnd.resolve();
    const [answer, again] = (await Promise.all([queue.ended(first), queue.ended(duplicate)])) as Answer[];
    expect(answer).toMatchObject({ status: 'succeeded', replayed: false });
    expect(again).toEqual({ ...answer, replayed: true });
    const intents = await stage.query<{ claimant: string }>(
      'select claimant from $schema.intent order by key',
    );
    expect(intents.map(({ claimant }) => claimant.split('/')[0])).toEqual([busy.name, free.name]);
    expect(await effectsOf(recorders.plain, slow.name, 'B-1')).toBe(1);
  });
});
