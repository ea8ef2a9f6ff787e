import { type Action, type Answer, atMostOnce, defineAction, deriveIntent } from '@latchkey/core';
import type { Client } from '@latchkey/worker';
import type { Job } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { actionsByKind, type CaseAction, type CaseDraft, postEffect } from '../worker/setup/actions.ts';
import { effectsOf, type Recorders, remotesOf, startRecorders } from '../worker/setup/oracle.ts';
import type { PlainQueue } from '../worker/setup/plain-queue.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { reportFault } from './report.ts';

const HALF = '\ud83d';

function nested(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

/** A schema that lets every field through, whatever it is called. */
const anything: Action<Record<string, unknown>>['input'] = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as Record<string, unknown> }),
  },
};

/** Inputs that must not get in. */
const refused: Record<string, { input: (caseId: string) => unknown; code: string; says: RegExp }> = {
  'ten megabytes': {
    input: (caseId) => ({ caseId, body: 'x'.repeat(10_000_000) }),
    code: 'INVALID_INPUT',
    says: /10000\d+ bytes, more than 1048576: store it elsewhere/,
  },
  '5,000 levels': {
    input: (caseId) => ({ caseId, body: nested(5_000) }),
    code: 'INVALID_INPUT',
    says: /nested deeper than 64 levels/,
  },
  'half a surrogate pair in a text': {
    input: (caseId) => ({ caseId, body: `a${HALF}b` }),
    code: 'INVALID_INPUT',
    says: /well-formed Unicode .* in: body/,
  },
  'half a surrogate pair in the key': {
    input: (caseId) => ({ caseId: `${caseId}${HALF}` }),
    code: 'INVALID_INPUT',
    says: /well-formed Unicode .* in: caseId/,
  },
  'another half in an otherwise equal key': {
    input: (caseId) => ({ caseId: `${caseId}\udc00` }),
    code: 'INVALID_INPUT',
    says: /well-formed Unicode .* in: caseId/,
  },
  'NUL in the key': {
    input: (caseId) => ({ caseId: `${caseId}\u0000` }),
    code: 'INVALID_KEY',
    says: /caseId.*NUL/,
  },
};

/** Inputs that get in, and come out at the remote as they were. */
const kept: Record<string, string> = {
  SQL: `'; drop table intent; -- \\'; select $1 $$ %s`,
  HTML: `<script>alert("1")</script><img src=x onerror='alert(1)'>&amp;`,
  'NUL in a text': 'a\u0000b \\u0000',
  'control characters and marks of direction': '\u0007\u001b[31m\u202egnp.exe\u2066\ufeff',
  'whole surrogate pairs': '👩‍👩‍👧 𝒳',
};

describe.each(BACKENDS)('poisonous input (jobs in %s)', (backend) => {
  let stage: Stage;
  let recorders: Recorders;
  let client: Client;
  let queue: PlainQueue;
  let send: CaseAction;

  beforeAll(async () => {
    stage = await openStage(backend);
    recorders = stage.use(await startRecorders());
    ({ atMostOnce: send } = actionsByKind(remotesOf(stage, recorders)));
    client = await stage.connect(send);
    queue = stage.openQueue();
    await stage.startWorker([send]);
  });
  afterAll(() => stage.close());

  const keptJob = { removeOnComplete: false, removeOnFail: false };
  const intents = () => stage.query('select 1 from $schema.intent');
  const allEffects = async () => (await readEffects(recorders.plain.logFile)).length;

  /** Adds a plain job; some input the queue itself refuses to take, or can't be written by its client. */
  async function add(input: unknown): Promise<Job | Error> {
    return queue.add(send.name, input, keptJob).catch((error: Error) => error);
  }

  test.for(Object.entries(refused))(
    'fault 46: with %s is refused at the submission and as a plain job, and leaves nothing',
    async ([name, { input, code, says }], { task }) => {
      const caseId = `refused ${name}`;
      const [before, made] = [(await intents()).length, await allEffects()];
      const given = input(caseId) as CaseDraft;
      const submitted = client.submit(send, given);
      await expect(submitted).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
      const message = await submitted.catch((error: Error) => error.message);
      expect(message).toSatisfy((text: string) => text.length < 500 && text.isWellFormed());
      const job = await add(given);
      if (job instanceof Error) expect(job.message.length).toBeGreaterThan(0);
      else await expect(queue.ended(job)).rejects.toThrow(new RegExp(`^${code}: [^]*${says.source}`));
      expect([(await intents()).length, await allEffects()]).toEqual([before, made]);
      // the worker is as well as before
      const next = await client.submit(send, { caseId: `after ${name}` });
      expect(await next.answer()).toMatchObject({ status: 'succeeded' });
      const done = (await allEffects()) - made;
      reportFault({ task }, { times: 2, wanted: 1, done });
    },
  );

  test.for(Object.entries(kept))(
    'fault 46: with %s is kept, and reaches the remote as it was',
    async ([name, text], { task }) => {
      const caseId = `kept ${name}`;
      const handle = await client.submit(send, { caseId, note: text, body: text });
      expect(await handle.answer()).toMatchObject({ status: 'succeeded', attempt: 1 });
      const job = await add({ caseId, note: text, body: text });
      if (job instanceof Error) expect(job.message).toMatch(/unicode|\\u0000/i);
      else expect(await queue.ended(job)).toMatchObject({ intentId: handle.id, replayed: true });
      const made = (await readEffects(recorders.plain.logFile)).filter(({ business }) =>
        business.includes(caseId),
      );
      expect(made.map(({ detail }) => detail.input)).toEqual([expect.objectContaining({ body: text })]);
      expect(JSON.parse((await client.find(handle.id))?.record.input ?? '')).toEqual({
        caseId,
        note: text,
        body: text,
      });
      reportFault(
        { task },
        { times: 1, wanted: 1, done: await effectsOf(recorders.plain, send.name, caseId) },
      );
    },
  );

  test('fault 46: in the key is escaped for people, and told apart by machines', async ({ task }) => {
    const keys = Object.values(kept)
      .filter((text) => !text.includes('\u0000'))
      .map((text) => `key ${text}`);
    for (const caseId of keys) {
      const { key } = deriveIntent(send, { caseId });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what must not be there
      expect(key).not.toMatch(/[\u0000-\u001f\u202e\u2066\ufeff]/);
      const handle = await client.submit(send, { caseId });
      expect(await handle.answer()).toMatchObject({ key, status: 'succeeded', replayed: false });
    }
    const counts = await Promise.all(keys.map((caseId) => effectsOf(recorders.plain, send.name, caseId)));
    expect(new Set(counts)).toEqual(new Set([1]));
    const done = counts.reduce((sum, count) => sum + count, 0);
    reportFault({ task }, { times: keys.length, wanted: keys.length, done });
  });

  test('fault 46: with `__proto__` and `constructor` changes no prototype, and is a field like others', async ({
    task,
  }) => {
    const open = defineAction({
      name: 'note.open',
      input: anything,
      key: ['caseId'],
      effect: atMostOnce({
        perform: async (input: Record<string, unknown>, ctx) => {
          const body = JSON.stringify(input);
          return postEffect(recorders.plain.url, { caseId: String(input.caseId), note: '', body }, ctx);
        },
      }),
    });
    const operator = await stage.connect(open);
    await stage.startWorker([open], { queueName: `${stage.settings.queueName}_open`, sweep: false });
    const jobs = stage.openQueue(`${stage.settings.queueName}_open`);
    const given = '{"caseId":"proto","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}';
    const job = await jobs.add(open.name, JSON.parse(given), keptJob);
    const answer = await jobs.ended(job);
    expect(answer).toMatchObject({ status: 'succeeded', replayed: false });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect((await operator.find((answer as Answer).intentId))?.record.input).toBe(given);
    const made = (await readEffects(recorders.plain.logFile)).find(({ business }) =>
      business.includes('key=proto'),
    );
    expect(made?.detail.input).toMatchObject({ body: given });
    // another value there is another input, not an unseen one
    const other = JSON.parse(given.replace('"__proto__":{"admin":true}', '"__proto__":{"admin":false}'));
    await expect(operator.submit(open, other)).rejects.toMatchObject({
      code: 'INTENT_CONFLICT',
      fields: ['__proto__.admin'],
    });
    reportFault(
      { task },
      { times: 2, wanted: 1, done: await effectsOf(recorders.plain, open.name, 'proto') },
    );
  });
});
