import { randomUUID } from 'node:crypto';
import {
  type AnyAction,
  atMostOnce,
  defineAction,
  deriveIntent,
  type KeyWarning,
  lintAction,
  NotPerformed,
} from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openStage, type Stage } from '../worker/setup/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('postgres');
});
afterAll(() => stage.close());

/** An action that lists its effects; each may be told to fail surely before it. */
function counted(definition: object = {}) {
  const done: unknown[] = [];
  const action = defineAction({
    name: 'message.send',
    input: z.object({ caseId: z.string(), text: z.string() }),
    key: ['caseId'],
    free: ['text'],
    effect: atMostOnce({
      perform: async (input: unknown) => {
        done.push(input);
        return { result: { number: done.length } };
      },
    }),
    ...definition,
  });
  return { action: action as AnyAction, done };
}

const rulesOf = (action: AnyAction): string[] => lintAction(action).map(({ rule }) => rule);
const APPROVER = { by: 'ada', reason: 'looks right' };

describe('a key of time only', () => {
  test('is found at definition, and while it is used', async () => {
    const input = z.object({ sentAt: z.iso.datetime(), text: z.string() });
    const { action } = counted({ name: 'reminder.send', input, key: ['sentAt'] });
    expect(rulesOf(action)).toContain('key-time-only');

    const warnings: KeyWarning[] = [];
    const worker = await stage.startWorker([action], { onKeyWarning: (warning) => warnings.push(warning) });
    const queue = stage.openQueue();
    for (let n = 0; n < 3; n += 1)
      await queue.add('reminder.send', { sentAt: new Date().toISOString(), text: '' });
    await vi.waitFor(
      () =>
        expect(warnings).toMatchObject([{ rule: 'looks-like-now', action: 'reminder.send', path: 'sentAt' }]),
      { timeout: 30_000 },
    );
    await worker.close();
  });
});

describe('a key local to a worker', () => {
  test('is found at definition, and when its job is delivered again', async () => {
    let failures = 1;
    const { action } = counted({
      name: 'local.send',
      input: z.object({ caseId: z.string(), sender: z.string().default(() => randomUUID()) }),
      key: ['caseId', 'sender'],
      free: [],
      retry: { backoffMs: 1 },
      effect: atMostOnce({
        perform: async () => {
          failures -= 1;
          if (failures >= 0) throw new NotPerformed('the remote is busy');
          return { result: null };
        },
      }),
    });
    expect(rulesOf(action)).toContain('key-random');

    const warnings: KeyWarning[] = [];
    const worker = await stage.startWorker([action], { onKeyWarning: (warning) => warnings.push(warning) });
    await stage.openQueue().add('local.send', { caseId: 'CASE-1' });
    await vi.waitFor(() => expect(warnings.map(({ rule }) => rule)).toContain('unseen-on-redelivery'), {
      timeout: 30_000,
    });
    await worker.close();
  });

  test('has nothing to be made of: who derives it, and when, plays no part', () => {
    const { action } = counted();
    expect(rulesOf(action)).toEqual([]);
    const ids = ['a', 'b'].map((text) => deriveIntent(action, { caseId: 'CASE-1', text }).id);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('a key without a stored result', () => {
  test('is not possible: the second submission, and a plain job, get the first result', async () => {
    const { action, done } = counted({ name: 'stored.send' });
    const client = await stage.connect(action);
    const worker = await stage.startWorker([action]);
    const first = await client.submit(action, { caseId: 'CASE-2', text: 'Hello' });
    expect(await first.answer()).toMatchObject({ result: { number: 1 }, replayed: false });
    const again = await client.submit(action, { caseId: 'CASE-2', text: 'Good day' });
    expect(await again.answer()).toMatchObject({ result: { number: 1 }, replayed: true, drift: ['text'] });
    expect(done).toHaveLength(1);
    await worker.close();
  });

  test('is found where a window keeps no result for long', () => {
    expect(rulesOf(counted({ replayWindowMs: 1_000 }).action)).toEqual(['replay-window']);
  });
});

describe('a key made anew on resume', () => {
  test('is not possible: what is approved is the intent that was submitted, however often it is resumed', async () => {
    const approval = { required: () => true, expiresInMs: 3_600_000 };
    const { action, done } = counted({ name: 'approved.send', approval });
    const client = await stage.connect(action);
    const worker = await stage.startWorker([action]);
    const asked = await client.submit(action, { caseId: 'CASE-3', text: 'Hello' });
    const record = (await client.find(asked.id))?.record;
    await client.approve(asked.id, { ...APPROVER, fingerprint: record?.fingerprint ?? '' });
    // a workflow that continues submits once more, and so does the one that it was forked from
    const resumed = await Promise.all(
      ['Hello', 'Hello again'].map((text) => client.submit(action, { caseId: 'CASE-3', text })),
    );
    const answers = await Promise.all([asked, ...resumed].map((handle) => handle.answer()));
    expect(new Set(answers.map(({ intentId }) => intentId))).toEqual(new Set([asked.id]));
    expect(answers.map(({ result }) => result)).toEqual([{ number: 1 }, { number: 1 }, { number: 1 }]);
    expect(done).toHaveLength(1);
    await worker.close();
  });
});
