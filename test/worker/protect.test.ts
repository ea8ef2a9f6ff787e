import { type Answer, atMostOnce, defineAction, NotPerformed } from '@latchkey/core';
import { protect } from '@latchkey/worker';
import type { Job } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { reportFault } from '../faults/report.ts';
import { type ActionsByKind, actionsByKind, type CaseAction, postEffect } from './setup/actions.ts';
import { effectsOf, type Recorders, remotesOf, startRecorders } from './setup/oracle.ts';
import type { PlainQueue } from './setup/plain-queue.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

const kept = { removeOnComplete: false, removeOnFail: false };

describe.each(BACKENDS)('a BullMQ worker of its own with a protected processor, on %s', (backend) => {
  let stage: Stage;
  let remotes: Recorders;
  let actions: ActionsByKind;
  let send: CaseAction;

  beforeAll(async () => {
    stage = await openStage(backend);
    remotes = stage.use(await startRecorders());
    actions = actionsByKind(remotesOf(stage, remotes));
    send = actions.atMostOnce;
  });
  afterAll(() => stage.close());

  /** A queue of its own, since nothing but the action's input tells its jobs apart. */
  function openQueue(name: string): PlainQueue {
    return stage.openQueue(`${stage.settings.queueName}_${name}`);
  }
  const answerIn = (queue: PlainQueue, job: Job) => queue.ended(job) as Promise<Answer>;

  test('makes the effect once for repeated jobs, whatever they are called', async () => {
    const queue = openQueue('repeated');
    const runtime = await stage.openRuntime('mail-worker');
    queue.startWorker(protect(send, runtime), { concurrency: 5 });
    const names = ['send-mail', 'again', 'send-mail'];
    const jobs = await Promise.all(names.map((name) => queue.add(name, { caseId: 'A-1' }, kept)));
    const answers = await Promise.all(jobs.map((job) => answerIn(queue, job)));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ externalId }) => externalId)).size).toBe(1);
    expect(await effectsOf(remotes.plain, send.name, 'A-1')).toBe(1);
  });

  test('fault 5: answers a job that was removed and added again with the stored result', async ({ task }) => {
    const queue = openQueue('removed');
    queue.startWorker(protect(send, await stage.openRuntime()));
    const first = await answerIn(queue, await queue.add('x', { caseId: 'A-2' }, { jobId: 'x1', ...kept }));
    await (await queue.getJob('x1'))?.remove();
    const again = await answerIn(queue, await queue.add('x', { caseId: 'A-2' }, { jobId: 'x1', ...kept }));
    expect(again).toEqual({ ...first, replayed: true });
    const done = await effectsOf(remotes.plain, send.name, 'A-2');
    expect(done).toBe(1);
    reportFault({ task }, { times: 1, wanted: 1, done });
  });

  test("retries by the action's policy, whatever `attempts` the job was added with", async () => {
    const queue = openQueue('retried');
    let tries = 0;
    const input = z.object({ caseId: z.string() });
    const flaky = defineAction({
      name: 'message.flaky',
      input,
      key: ['caseId'],
      retry: { backoffMs: 20 },
      effect: atMostOnce({
        perform: async ({ caseId }: z.infer<typeof input>, ctx) => {
          tries += 1;
          if (tries < 4) throw new NotPerformed('the mail server is being restarted');
          return postEffect(remotes.plain.url, { caseId, note: '', body: '' }, ctx);
        },
      }),
    });
    queue.startWorker(protect(flaky, await stage.openRuntime()));
    const job = await queue.add('x', { caseId: 'A-3' }, { attempts: 1, ...kept });
    expect(await answerIn(queue, job)).toMatchObject({ status: 'succeeded', attempt: 4, replayed: false });
    expect(await effectsOf(remotes.plain, flaky.name, 'A-3')).toBe(1);
  });

  test("does not repeat a doubtful effect, though the job's own `attempts` would", async () => {
    const queue = openQueue('doubtful');
    queue.startWorker(protect(send, await stage.openRuntime()));
    await remotes.plain.setFaults({ dropAfterCommit: 1 });
    const job = await queue.add('x', { caseId: 'A-4' }, { attempts: 5, backoff: 1, ...kept });
    await expect(queue.ended(job)).rejects.toThrow(/^IN_DOUBT: message\.send:caseId=A-4/);
    expect((await queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1);
    await remotes.plain.setFaults({});
    expect(await effectsOf(remotes.plain, send.name, 'A-4')).toBe(1);
  });

  test('shares the ledger with a worker of ours: the same intent in both queues is one effect', async () => {
    const queue = openQueue('shared');
    queue.startWorker(protect(send, await stage.openRuntime()));
    await stage.startWorker(Object.values(actions));
    const client = await stage.connect(...Object.values(actions));
    const job = await queue.add('x', { caseId: 'A-5' }, kept);
    const handle = await client.submit(send, { caseId: 'A-5' });
    const [one, two] = await Promise.all([answerIn(queue, job), handle.answer()]);
    expect({ ...one, replayed: true }).toEqual({ ...two, replayed: true });
    expect(await effectsOf(remotes.plain, send.name, 'A-5')).toBe(1);
  });

  test('refuses bad input at once, as every other job that can never succeed', async () => {
    const queue = openQueue('refused');
    queue.startWorker(protect(send, await stage.openRuntime()));
    const job = await queue.add('x', { caseID: 'typo' }, { attempts: 5, ...kept });
    await expect(queue.ended(job)).rejects.toThrow(/^INVALID_INPUT/);
    expect((await queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1);
  });
});
