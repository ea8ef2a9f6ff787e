import { type Answer, deriveIntent } from '@latchkey/core';
import type { Client } from '@latchkey/worker';
import type { Job } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportFault } from '../faults/report.ts';
import { type ActionsByKind, actionsByKind, type CaseAction, type CaseResult } from './setup/actions.ts';
import { effectsOf, type Recorders, remotesOf, startRecorders } from './setup/oracle.ts';
import type { PlainQueue } from './setup/plain-queue.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

describe.each(BACKENDS)('a plain job in %s', (backend) => {
  let stage: Stage;
  let remotes: Recorders;
  let actions: ActionsByKind;
  let client: Client;
  let queue: PlainQueue;
  let send: CaseAction;
  const answered: Answer[] = [];

  beforeAll(async () => {
    stage = await openStage(backend);
    remotes = stage.use(await startRecorders());
    actions = actionsByKind(remotesOf(stage, remotes));
    send = actions.atMostOnce;
    client = await stage.connect(...Object.values(actions));
    queue = stage.openQueue();
    await stage.startWorker(Object.values(actions), { onAnswered: (answer) => answered.push(answer) });
  });
  afterAll(() => stage.close());

  const kept = { removeOnComplete: false, removeOnFail: false };
  const effects = (caseId: string) => effectsOf(remotes.plain, send.name, caseId);
  const answerIn = (job: Job) => queue.ended(job) as Promise<Answer<CaseResult>>;

  /** A job's failure as BullMQ keeps it. */
  async function failureOf(job: Job): Promise<string> {
    await expect(queue.ended(job)).rejects.toThrow();
    const stored = await queue.getJob(job.id ?? '');
    expect(await stored?.getState()).toBe('failed');
    return stored?.failedReason ?? '';
  }

  test('fault 2: added twenty times under other ids has one effect and twenty equal answers', async ({
    task,
  }) => {
    const added = Array.from({ length: 20 }, (_, n) =>
      queue.add(send.name, { caseId: 'A-1' }, { jobId: `copy-${n}`, ...kept }),
    );
    const jobs = await Promise.all(added);
    const answers = await Promise.all(jobs.map(answerIn));
    const stored = await Promise.all(jobs.map(({ id }) => queue.getJob(id ?? '')));
    expect(stored.map((job) => job?.returnvalue)).toEqual(answers);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const alike = new Set(answers.map((answer) => JSON.stringify({ ...answer, replayed: true })));
    expect(alike.size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 'succeeded',
      result: { effectId: expect.stringMatching(/^E-/) },
    });
    expect(await effects('A-1')).toBe(1);
    const times = answers.filter(({ replayed }) => replayed).length;
    reportFault({ task }, { times, wanted: 1, done: await effects('A-1') });
  });

  test('is told, with its answer, to whoever counts answers, once for each job', async () => {
    const added = ['a-told', 'b-told'].map((jobId) =>
      queue.add(send.name, { caseId: 'A-told' }, { jobId, ...kept }),
    );
    const answers = await Promise.all((await Promise.all(added)).map(answerIn));
    const told = () => answered.filter(({ key }) => key.endsWith('A-told'));
    await expect.poll(told).toHaveLength(2);
    expect(told()).toEqual(expect.arrayContaining(answers));
  });

  test('that was added once more after success, under the same id, gets the stored answer', async () => {
    const first = await answerIn(await queue.add(send.name, { caseId: 'A-2' }, { jobId: 'a2', ...kept }));
    const job = await queue.getJob('a2');
    await job?.remove();
    const again = await answerIn(await queue.add(send.name, { caseId: 'A-2' }, { jobId: 'a2', ...kept }));
    expect(again).toEqual({ ...first, replayed: true });
    expect(await effects('A-2')).toBe(1);
  });

  test('and a submission of the same intent find each other', async () => {
    const handle = await client.submit(send, { caseId: 'A-3' });
    const answer = await handle.answer();
    const job = await queue.add(send.name, { caseId: 'A-3', body: 'in other words' }, kept);
    expect(await answerIn(job)).toEqual({ ...answer, replayed: true, drift: ['body'] });
    const later = await client.submit(send, { caseId: 'A-3' });
    expect(await later.answer()).toEqual({ ...answer, replayed: true });
    expect(await effects('A-3')).toBe(1);
  });

  test.each([
    ['no object', 'just text'],
    ['a missing field', { note: 'no case' }],
    ['nothing at all', {}],
    ['a key of the wrong type', { caseId: 12 }],
  ])('with bad input (%s) fails saying so, and leaves no intent', async (_, data) => {
    const job = await queue.add(send.name, data, { attempts: 3, ...kept });
    expect(await failureOf(job)).toMatch(/^INVALID_INPUT: input of message\.send/);
    expect((await queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1); // trying again would change nothing
    const intents = await stage.query('select 1 from $schema.intent where submitted_by like $1', [
      `%/${job.id}`,
    ]);
    expect(intents).toEqual([]);
  });

  test('of an action that this worker lacks fails, saying which ones it has', async () => {
    const job = await queue.add('message.sent', { caseId: 'B-1' }, kept);
    expect(await failureOf(job)).toMatch(/^UNKNOWN_ACTION: .*message\.send/);
  });

  test('that names an intent which is not in the ledger fails, and performs nothing', async () => {
    const { id } = deriveIntent(send, { caseId: 'B-2' });
    const job = await queue.add(send.name, { latchkey: id }, { jobId: id, ...kept });
    expect(await failureOf(job)).toMatch(/^INTENT_UNKNOWN/);
    expect(await effects('B-2')).toBe(0);
  });

  test('fault 33: whose data was edited and that is retried fails with the conflict, without an effect', async ({
    task,
  }) => {
    const job = await queue.add(
      send.name,
      { caseId: 'C-1', note: 'ten euros' },
      { jobId: 'edited', ...kept },
    );
    const answer = await answerIn(job);
    const stored = await queue.getJob('edited');
    await stored?.updateData({ caseId: 'C-1', note: 'a thousand euros' });
    await stored?.retry('completed');
    await expect
      .poll(async () => (await queue.getJob('edited'))?.failedReason)
      .toMatch(/^INTENT_CONFLICT: .*note/);
    expect(await effects('C-1')).toBe(1);
    expect(await (await client.submit(send, { caseId: 'C-1', note: 'ten euros' })).answer()).toEqual({
      ...answer,
      replayed: true,
    });
    reportFault({ task }, { times: 1, wanted: 1, done: await effects('C-1') });
  });

  test('fault 32: that is retried after success gets the stored answer', async ({ task }) => {
    const job = await queue.add(send.name, { caseId: 'C-2' }, { jobId: 'retried', ...kept });
    const answer = await answerIn(job);
    const stored = await queue.getJob('retried');
    await stored?.retry('completed');
    await expect
      .poll(async () => (await queue.getJob('retried'))?.returnvalue)
      .toEqual({
        ...answer,
        replayed: true,
      });
    expect(await effects('C-2')).toBe(1);
    reportFault({ task }, { times: 1, wanted: 1, done: await effects('C-2') });
  });

  test('fault 4: of one intent in two queues at once has one effect', async ({ task }) => {
    const name = `${stage.settings.queueName}_other`;
    await stage.startWorker(Object.values(actions), { queueName: name, sweep: false });
    const other = stage.openQueue(name);
    const rounds = Array.from({ length: 10 }, async (_, n) => {
      const caseId = `D-${n}`;
      const [here, there] = await Promise.all([
        queue.add(send.name, { caseId }, kept),
        other.add(send.name, { caseId }, kept),
      ]);
      const [one, two] = await Promise.all([answerIn(here), other.ended(there)]);
      expect({ ...(two as Answer), replayed: true }).toEqual({ ...one, replayed: true });
      return effects(caseId);
    });
    const counts = await Promise.all(rounds);
    expect(new Set(counts)).toEqual(new Set([1]));
    const done = counts.reduce((sum, count) => sum + count, 0);
    reportFault({ task }, { times: counts.length, wanted: counts.length, done });
  });
});
