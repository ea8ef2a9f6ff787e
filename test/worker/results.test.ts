import { type Answer, atMostOnce, defineAction, type Performed } from '@latchkey/core';
import type { Client } from '@latchkey/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { RunningRemote } from '../../packages/examples/src/remotes/start-remote.ts';
import { reportFault } from '../faults/report.ts';
import { effectsOf, startRecorder } from './setup/oracle.ts';
import type { PlainQueue } from './setup/plain-queue.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

const LONE_SURROGATE = '\ud83d';

/** What effects return that no store can keep as it is, and what is answered in its place. */
const oddities: Record<string, { made: () => unknown; kept: unknown }> = {
  nothing: { made: () => undefined, kept: null },
  'a function': { made: () => () => 1, kept: null },
  'a BigInt': { made: () => ({ n: 12345678901234567890n }), kept: { n: '12345678901234567890' } },
  'a NUL': { made: () => ({ text: 'a\u0000b' }), kept: { text: 'a\ufffdb' } },
  'a lone surrogate': { made: () => ({ text: `a${LONE_SURROGATE}b` }), kept: { text: 'a\ufffdb' } },
  'an odd name': { made: () => ({ [`\u0000${LONE_SURROGATE}`]: 1 }), kept: { '\ufffd\ufffd': 1 } },
  'a backslash before u0000': { made: () => ({ text: '\\u0000' }), kept: { text: '\\u0000' } },
  'NaN and Infinity': { made: () => ({ a: Number.NaN, b: Infinity }), kept: { a: null, b: null } },
  'something circular': {
    made: () => {
      const ring: { self?: unknown } = {};
      ring.self = ring;
      return ring;
    },
    kept: { unkept: expect.stringContaining('not serialisable') },
  },
  'a throwing toJSON': {
    made: () => ({
      toJSON: () => {
        throw new Error('no');
      },
    }),
    kept: { unkept: expect.stringContaining('no') },
  },
  'five megabytes': {
    made: () => 'x'.repeat(5_000_000),
    kept: { unkept: expect.stringContaining('5000002 bytes') },
  },
  'twenty thousand levels': {
    made: () => {
      let value: unknown = 'bottom';
      for (let level = 0; level < 20_000; level += 1) value = [value];
      return value;
    },
    kept: { unkept: expect.stringContaining('not serialisable') },
  },
  'a prototype': {
    made: () => JSON.parse('{"__proto__":{"admin":true}}'),
    kept: JSON.parse('{"__proto__":{"admin":true}}'),
  },
};

describe.each(BACKENDS)('fault 18: a result, its job in %s', (backend) => {
  let stage: Stage;
  let recorder: RunningRemote;
  let client: Client;
  let queue: PlainQueue;

  const input = z.object({ caseId: z.string() });
  const report = defineAction({
    name: 'report.send',
    input,
    key: ['caseId'],
    effect: atMostOnce({
      perform: async ({ caseId }: z.infer<typeof input>, ctx): Promise<Performed> => {
        const body = JSON.stringify({ action: ctx.action, key: caseId });
        await ctx.fetch(`${recorder.url}/effects`, { method: 'POST', body });
        if (caseId === 'no object') return undefined as unknown as Performed;
        if (caseId === 'odd ids') {
          const externalId = { toString: () => `\u0000${'y'.repeat(9_000)}` } as unknown as string;
          return { result: 1, externalId, externalUrl: `https://x.invalid/${LONE_SURROGATE}` };
        }
        return { result: oddities[caseId]?.made() };
      },
    }),
  });

  beforeAll(async () => {
    stage = await openStage(backend);
    recorder = stage.use(await startRecorder());
    client = await stage.connect(report);
    queue = stage.openQueue();
    await stage.startWorker([report]);
  });
  afterAll(() => stage.close());

  test.for(Object.entries(oddities))(
    'with %s is recorded as succeeded and not made again',
    async ([caseId, { kept }], { task }) => {
      const job = await queue.add(report.name, { caseId }, { removeOnComplete: false });
      const answer = (await queue.ended(job)) as Answer;
      expect(answer).toMatchObject({ status: 'succeeded', replayed: false, attempt: 1 });
      expect(answer.result).toEqual(kept);
      const again = await (await client.submit(report, { caseId })).answer();
      expect(again).toEqual({ ...answer, replayed: true });
      const done = await effectsOf(recorder, report.name, caseId);
      expect(done).toBe(1);
      reportFault({ task }, { times: 1, wanted: 1, done });
    },
  );

  test.for(['no object', 'odd ids'])('that is %s all the same', async (caseId, { task }) => {
    const answer = await (await client.submit(report, { caseId })).answer();
    expect(answer).toMatchObject({ status: 'succeeded', attempt: 1 });
    if (caseId === 'odd ids') {
      expect(answer.externalId).toBe(`\ufffd${'y'.repeat(1_999)}`);
      expect(answer.externalUrl).toBe('https://x.invalid/\ufffd');
    }
    const done = await effectsOf(recorder, report.name, caseId);
    expect(done).toBe(1);
    reportFault({ task }, { times: 1, wanted: 1, done });
  });
});
