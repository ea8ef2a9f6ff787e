import type { Answer } from '@latchkey/core';
import { describe, expect, test } from 'vitest';
import { actionsByKind } from './setup/actions.ts';
import { effectsOf, remotesOf, startRecorders } from './setup/oracle.ts';
import { startProducer } from './setup/producer-process.ts';
import { BACKENDS, openStage } from './setup/stage.ts';

describe.each(BACKENDS)('with jobs in %s', (backend) => {
  test('fault 3: 100 submissions of one intent at once, from 4 processes, are one effect and 100 equal answers', async () => {
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
    expect(await effectsOf(recorders.plain, 'message.send', 'A-1')).toBe(1);
  });

  test('a duplicate waits without holding a slot: what stands behind it is done meanwhile', async () => {
    await using stage = await openStage(backend);
    const recorders = stage.use(await startRecorders());
    const actions = actionsByKind(remotesOf(stage, recorders), { deadlineMs: 10_000 });
    const [send, open] = [actions.atMostOnce, actions.idempotent];
    const queue = stage.openQueue();
    const kept = { removeOnComplete: false };
    await recorders.plain.setFaults({ slowMs: 2_000 });

    const busy = await stage.startWorker(Object.values(actions), { concurrency: 1, name: 'busy' });
    const slow = await queue.add(send.name, { caseId: 'B-1' }, kept);
    await expect.poll(async () => (await recorders.plain.stats()).requests).toBe(1);
    const free = await stage.startWorker(Object.values(actions), { concurrency: 1, name: 'free' });
    const duplicate = await queue.add(send.name, { caseId: 'B-1' }, kept);
    const behind = await queue.add(open.name, { caseId: 'B-2' }, kept);

    const other = (await queue.ended(behind)) as Answer;
    expect(await queue.getJobState(slow.id ?? '')).toBe('active'); // still: that slot was taken all the time
    const [first, second] = (await Promise.all([queue.ended(slow), queue.ended(duplicate)])) as Answer[];
    expect(Date.parse(other.completedAt ?? '')).toBeLessThan(Date.parse(first?.completedAt ?? ''));
    expect(second).toEqual({ ...first, replayed: true });
    const claimants = await stage.query<{ key: string; claimant: string }>(
      'select key, claimant from $schema.intent order by key',
    );
    expect(claimants.map(({ claimant }) => claimant.split('/')[0])).toEqual([busy.name, free.name]);
    expect(await effectsOf(recorders.plain, send.name, 'B-1')).toBe(1);
  });
});
