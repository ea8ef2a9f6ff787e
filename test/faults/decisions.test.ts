import { atMostOnce, defineAction, deriveIntent } from '@latchkey/core';
import type { Client } from '@latchkey/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { type CaseAction, type CaseInput, caseInput, postEffect } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { eventually } from './eventually.ts';
import { expectHealed } from './heal.ts';

const DAY_MS = 24 * 3_600_000;
const ADA = { by: 'ada', reason: 'as agreed' };
const BOB = { by: 'bob', reason: 'not this one' };

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

/** Sends a message once somebody has approved it. */
function approvedMessage(): CaseAction {
  return defineAction({
    name: 'message.approved',
    input: caseInput,
    key: ['caseId'],
    free: ['body'],
    approval: { required: () => true, expiresInMs: 7 * DAY_MS },
    effect: atMostOnce({
      perform: (input: CaseInput, ctx) => postEffect(recorders.plain.url, input, ctx),
    }),
  });
}

/** What a reviewer sees, and is bound to. */
async function look(client: Client, id: string): Promise<{ fingerprint: string }> {
  const found = await client.find(id);
  expect(found?.answer.status).toBe('awaiting_approval');
  return { fingerprint: found?.record.fingerprint ?? '' };
}

async function statusOf(client: Client, id: string): Promise<string | undefined> {
  return (await client.find(id))?.answer.status;
}

/** Makes all intents look some days older; a decision may still take what is left of its week. */
async function age(stage: Stage, days: number): Promise<void> {
  await stage.query(
    `update $schema.intent set created_at = created_at - $1 * interval '1 day', due_at = due_at - $1 * interval '1 day'`,
    [days],
  );
}

/** Of two decisions at once exactly one is carried out, and the other person is told. */
async function expectOneOf(decisions: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(decisions);
  const refused = ends.filter((end) => end.status === 'rejected');
  expect(refused.map(({ reason }) => reason)).toEqual([
    expect.objectContaining({ code: 'NOT_LEGAL', message: expect.stringContaining('message.approved') }),
  ]);
}

describe.each(BACKENDS)('an intent that waits for approval (jobs in %s)', (backend) => {
  test.for(['approve', 'reject'] as const)(
    'fault 26: that two people decide at once (approve, %s) follows the first and tells the second',
    async (other, { task }) => {
      await using stage = await openStage(backend);
      const send = approvedMessage();
      const [one, two] = [await stage.connect(send), await stage.connect(send)];
      await stage.startWorker([send]);
      const items = Array.from({ length: 25 }, (_, n) => ({
        action: send,
        input: { caseId: `${stage.settings.schema}-${n}` },
      }));
      const handles = await one.submitMany(items);
      for (const [n, { id }] of handles.entries()) {
        const seen = await look(one, id);
        const approve = () => one.approve(id, { ...ADA, ...seen });
        const decide = () => two[other](id, { ...BOB, ...seen });
        const [first, second] = n % 2 === 0 ? [approve, decide] : [decide, approve];
        await expectOneOf([first(), second()]);
      }
      const answers = await Promise.all(handles.map((handle) => handle.answer({ timeoutMs: 120_000 })));
      const states = new Set(answers.map(({ status }) => status));
      expect(states).toEqual(new Set(other === 'approve' ? ['succeeded'] : ['succeeded', 'rejected']));
      await expectHealed({ task }, { stage, recorders }, handles.length);
    },
  );

  test('fault 27: whose content changed after the look must be looked at again', async ({ task }) => {
    await using stage = await openStage(backend);
    const send = approvedMessage();
    const client = await stage.connect(send);
    await stage.startWorker([send]);
    const [caseId, note] = [stage.settings.schema, 'ten euros'];
    const handle = await client.submit(send, { caseId, note });
    const seen = await look(client, handle.id);
    const more = { caseId, note: 'a thousand euros' };
    // nobody can change it by submitting; only by hand, in the database
    await expect(client.submit(send, more)).rejects.toMatchObject({
      code: 'INTENT_CONFLICT',
      fields: ['note'],
    });
    const changed = deriveIntent(send, more);
    await stage.query('update $schema.intent set input = $2, fingerprint = $3 where id = $1', [
      handle.id,
      changed.inputText,
      changed.fingerprint,
    ]);
    const approved = client.approve(handle.id, { ...ADA, ...seen });
    await expect(approved).rejects.toMatchObject({
      code: 'NOT_LEGAL',
      message: expect.stringContaining('not what the reviewer saw; look again'),
    });
    expect(await statusOf(client, handle.id)).toBe('awaiting_approval');
    await client.approve(handle.id, { ...ADA, ...(await look(client, handle.id)) });
    expect(await handle.answer()).toMatchObject({ status: 'succeeded', attempt: 1 });
    await expectHealed({ task }, { stage, recorders }, 2);
  });

  test('fault 27: whose words drift after the look is performed in the words that were seen', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const send = approvedMessage();
    const client = await stage.connect(send);
    await stage.startWorker([send]);
    const caseId = stage.settings.schema;
    const handle = await client.submit(send, { caseId, body: 'Dear customer' });
    const seen = await look(client, handle.id);
    const later = await client.submit(send, { caseId, body: 'Hey you' });
    expect(later).toMatchObject({ id: handle.id, created: false, drift: ['body'] });
    await client.approve(handle.id, { ...ADA, ...seen });
    await handle.answer();
    const made = (await readEffects(recorders.plain.logFile)).filter(({ business }) =>
      business.includes(caseId),
    );
    expect(made.map(({ detail }) => detail.input)).toEqual([
      expect.objectContaining({ key: caseId, body: 'Dear customer' }),
    ]);
    await expectHealed({ task }, { stage, recorders }, 1);
  });

  test('fault 28: that nobody decides in time expires, and a late decision is told so', async ({ task }) => {
    await using stage = await openStage(backend);
    const send = approvedMessage();
    const client = await stage.connect(send);
    const handles = await client.submitMany(
      ['late', 'unseen'].map((what) => ({
        action: send,
        input: { caseId: `${stage.settings.schema}-${what}` },
      })),
    );
    const [late, unseen] = handles;
    const seen = await look(client, late?.id ?? '');
    await age(stage, 8);
    const decisions = [
      () => client.approve(late?.id ?? '', { ...ADA, ...seen }),
      () => client.reject(late?.id ?? '', { ...BOB, ...seen }),
    ];
    for (const decide of decisions) {
      await expect(decide()).rejects.toMatchObject({
        code: 'NOT_LEGAL',
        message: expect.stringMatching(/its time for approval is over|it is expired by now/),
      });
    }
    await stage.startWorker([send]);
    await eventually(async () => expect(await statusOf(client, unseen?.id ?? '')).toBe('expired'));
    const again = await client.submit(send, { caseId: `${stage.settings.schema}-late` });
    expect(await again.answer()).toMatchObject({ intentId: late?.id, status: 'expired', replayed: true });
    await expectHealed({ task }, { stage, recorders }, handles.length);
  });

  test('fault 28: that is approved days later, when everything was restarted and the queue is empty, is the same one', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const send = approvedMessage();
    const [submitted, added] = ['submitted', 'added'].map((what) => `${stage.settings.schema}-${what}`);
    const client = await stage.connect(send);
    const worker = await stage.startWorker([send]);
    const { id } = await client.submit(send, { caseId: submitted ?? '' });
    const job = await stage.openQueue().add(send.name, { caseId: added });
    const other = deriveIntent(send, { caseId: added }).id;
    await eventually(async () => expect(await statusOf(client, other)).toBe('awaiting_approval'));
    await eventually(async () => expect(await stage.openQueue().getJobState(job.id ?? '')).toBe('delayed'));
    await Promise.all([worker.close(), client.close()]);
    await (await stage.openQueue().getJob(job.id ?? ''))?.remove();
    await age(stage, 5);

    const afterwards = await stage.connect(send);
    await stage.startWorker([send]);
    for (const waiting of [id, other])
      await afterwards.approve(waiting, { ...ADA, ...(await look(afterwards, waiting)) });
    for (const caseId of [submitted ?? '', added ?? '']) {
      const found = await afterwards.submit(send, { caseId });
      expect([id, other]).toContain(found.id);
      expect(await found.answer({ timeoutMs: 30_000 })).toMatchObject({ status: 'succeeded', attempt: 1 });
    }
    await expectHealed({ task }, { stage, recorders }, 1);
  });

  test('fault 28: that is decided while its job is just being put aside is not forgotten', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const send = approvedMessage();
    const client = await stage.connect(send);
    const seen = new Map<string, { fingerprint: string }>();
    const decided: Promise<void>[] = [];
    const hook = async (point: string, id: string) => {
      const look = seen.get(id);
      if (point === 'delivered' && look !== undefined && seen.delete(id))
        decided.push(client.approve(id, { ...ADA, ...look }));
    };
    const races = 40;
    const queue = stage.openQueue();
    for (let n = 0; n < races; n += 1) {
      const { id } = await client.submit(send, { caseId: `${stage.settings.schema}-${n}` });
      seen.set(id, await look(client, id));
      // an approval calls the job of this id: while it is active that is in vain, and then it would wait for a week
      await queue.add(send.name, { latchkey: id }, { jobId: id });
    }
    await stage.startWorker([send], { hook, sweep: false });
    await eventually(async () => expect(decided).toHaveLength(races));
    await Promise.all(decided);
    await expectHealed({ task }, { stage, recorders }, races);
  });
});
