import { protect } from '@latchkey/worker';
import { Redis } from 'ioredis';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { actionsByKind } from './setup/actions.ts';
import { remotesOf, startRecorders } from './setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

/** A client, and no worker yet. */
async function openScene(backend: 'redis' | 'postgres') {
  const stage = await openStage(backend);
  stages.push(stage);
  const send = actionsByKind(remotesOf(stage, stage.use(await startRecorders()))).atMostOnce;
  return { stage, send, client: await stage.connect(send), queue: stage.openQueue() };
}

test.each(BACKENDS)("an intent's own job is removed once it is completed, on %s", async (backend) => {
  const { stage, send, client, queue } = await openScene(backend);
  const handle = await client.submit(send, { caseId: 'A-1' });
  expect(await queue.getJobState(handle.id)).toBe('waiting');
  // a worker that by itself keeps all of them
  queue.startWorker(protect(send, await stage.openRuntime()));
  expect(await handle.answer()).toMatchObject({ status: 'succeeded' });
  await vi.waitFor(async () => expect(await queue.getJob(handle.id)).toBeUndefined(), 10_000);
  const plain = await queue.add('send-mail', { caseId: 'A-1' });
  expect(await queue.ended(plain)).toMatchObject({ status: 'succeeded', replayed: true });
  expect(await queue.getJobState(plain.id ?? '')).toBe('completed');
});

test.each(BACKENDS)(
  'a job whose producer says nothing leaves alone those that theirs keep, on %s',
  async (backend) => {
    const { stage, send, queue } = await openScene(backend);
    await stage.startWorker([send]);
    const kept = await queue.add(send.name, { caseId: 'A-1' }, { removeOnComplete: false });
    await queue.ended(kept);
    const later = await queue.add(send.name, { caseId: 'A-2' });
    await vi.waitFor(async () => expect(await queue.getJob(later.id ?? '')).toBeUndefined(), 10_000);
    expect(await queue.getJobState(kept.id ?? '')).toBe('completed');
  },
);

test('in Redis it is one piece of memory, whichever way it was added', async () => {
  const { stage, send, client } = await openScene('redis');
  const redis = new Redis(inject('redisUrl'));
  try {
    const inputs = ['A-1', 'A-2', 'A-3'].map((caseId) => ({ action: send, input: { caseId } }));
    const many = await client.submitMany(inputs.slice(1));
    for (const { id } of [await client.submit(send, { caseId: 'A-1' }), ...many]) {
      const key = `bull:${stage.settings.queueName}:${id}`;
      expect(await redis.exists(key)).toBe(1);
      expect(await redis.object('ENCODING', key)).toMatch(/^(listpack|ziplist)$/);
    }
  } finally {
    redis.disconnect();
  }
});
