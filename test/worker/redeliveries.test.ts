import { randomUUID } from 'node:crypto';
import { atMostOnce, defineAction } from '@latchkey/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { runConsole } from '../console/setup/running-console.ts';
import { eventually } from '../faults/eventually.ts';
import { BACKENDS, openStage } from './setup/stage.ts';

const post = defineAction({
  name: 'note.post',
  input: z.object({ caseId: z.string() }),
  key: ['caseId'],
  effect: atMostOnce({ perform: async () => ({ result: 'posted' }) }),
});
const KEPT = { removeOnComplete: false };

test.each(BACKENDS)(
  'the story tells of deliveries that only got the stored answer (jobs in %s)',
  async (backend) => {
    await using stage = await openStage(backend);
    const worker = await stage.startWorker([post]);
    const under = await runConsole(stage, [post]);
    const queue = stage.openQueue();
    const input = { caseId: randomUUID() };
    const { intentId } = (await queue.ended(await queue.add(post.name, input, KEPT))) as { intentId: string };
    const jobs = await Promise.all(Array.from({ length: 5 }, () => queue.add(post.name, input, KEPT)));
    for (const job of jobs) expect(await queue.ended(job)).toMatchObject({ intentId, replayed: true });
    const client = await stage.connect(post);
    const answered = async () =>
      ((await client.find(intentId))?.story ?? []).filter(({ event }) => event === 'answered');

    const counted = async () =>
      (await answered()).reduce((sum, { detail }) => sum + Number(detail?.times), 0);
    await eventually(async () => expect(await counted()).toBe(5));
    expect((await answered()).length).toBeLessThan(5);
    expect((await answered())[0]).toMatchObject({
      attempt: 1,
      actor: worker.name,
      detail: { status: 'succeeded', lastJob: expect.stringContaining(stage.settings.queueName) },
    });
    expect(await under.page(`/intents/${intentId}`)).toContain(
      'Delivered again; got the stored answer, and nothing was performed',
    );

    // what is not told yet when the worker leaves, it tells then
    await queue.ended(await queue.add(post.name, input, KEPT));
    await worker.close();
    expect(await counted()).toBe(6);
  },
);
