import { setTimeout as sleep } from 'node:timers/promises';
import { atMostOnce, defineAction, idempotent } from '@latchkey/core';
import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { writeTogether } from '../../packages/worker/src/redis/write-together.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

/** An action whose effects take some time, and which remembers how many there were at once. */
function counted(ms: (caseId: string) => number, kind: 'atMostOnce' | 'idempotent' = 'atMostOnce') {
  const seen = { now: 0, most: 0, started: [] as string[], effects: [] as string[] };
  const perform = async ({ caseId }: { caseId: string }) => {
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    seen.started.push(caseId);
    await sleep(ms(caseId));
    seen.now -= 1;
    seen.effects.push(caseId);
    return { result: caseId };
  };
  const action = defineAction({
    name: 'message.count',
    input: z.object({ caseId: z.string() }),
    key: ['caseId'],
    effect: kind === 'atMostOnce' ? atMostOnce({ perform }) : idempotent({ keyTtlMs: 3_600_000, perform }),
  });
  return { action, seen };
}

type Counted = ReturnType<typeof counted>;

/** Has one worker perform so many cases; answers how many jobs it had in hand at most. */
async function perform(
  stage: Stage,
  cases: readonly string[],
  { action, seen }: Counted,
  concurrency: number,
) {
  const client = await stage.connect(action);
  const handles = await client.submitMany(cases.map((caseId) => ({ action, input: { caseId } })));
  const worker = await stage.startWorker([action], { concurrency });
  let inHand = 0;
  const looking = setInterval(() => {
    inHand = Math.max(inHand, worker.underWay());
  }, 1);
  await Promise.all(handles.map((handle) => handle.answer({ timeoutMs: 60_000 })));
  clearInterval(looking);
  return { inHand, ...seen };
}

describe.each(BACKENDS)('a worker with jobs in %s', (backend) => {
  test.each(['atMostOnce', 'idempotent'] as const)(
    'performs as many at once as it is told, though it has more in hand (%s)',
    async (kind) => {
      await using stage = await openStage(backend);
      const cases = Array.from({ length: 240 }, (_, n) => `M-${n}`);
      const { inHand, most, effects } = await perform(
        stage,
        cases,
        counted(() => 1, kind),
        4,
      );
      expect(most).toBe(4);
      expect(inHand).toBeGreaterThan(4);
      expect(inHand).toBeLessThanOrEqual(20);
      expect(effects.toSorted()).toEqual(cases.toSorted());
    },
  );

  test.each([
    { kind: 'idempotent', ahead: true },
    { kind: 'atMostOnce', ahead: false },
  ] as const)(
    'claims ahead: $ahead ($kind); what is claimed when it leaves is performed, the rest put back',
    async ({ kind, ahead }) => {
      await using stage = await openStage(backend);
      const { action, seen } = counted((caseId) => (caseId.startsWith('slow') ? 1_500 : 1), kind);
      const client = await stage.connect(action);
      const cases = Array.from({ length: 240 }, (_, n) => `${n < 200 ? 'quick' : 'slow'}-${n}`);
      const handles = await client.submitMany(cases.map((caseId) => ({ action, input: { caseId } })));
      const count = async (state: string) =>
        (await Promise.all(handles.map((handle) => handle.status()))).filter((one) => one === state).length;
      const worker = await stage.startWorker([action], { concurrency: 4 });
      await vi.waitFor(() => expect(seen.started.at(-1)).toMatch('slow'), 30_000);
      await sleep(300);
      const [claimed, before] = [await count('claimed'), await count('succeeded')];
      if (ahead) expect(claimed).toBeGreaterThan(4);
      else expect(claimed).toBe(4);
      expect(claimed).toBeLessThanOrEqual(20);
      await worker.close();
      expect(seen.most).toBe(4);
      expect(seen.started.toSorted()).toEqual(seen.effects.toSorted());
      expect(await count('succeeded')).toBe(before + claimed);
      expect(await count('pending')).toBe(240 - before - claimed);
    },
  );

  test('takes one job after another where it performs one at a time, in their order', async () => {
    await using stage = await openStage(backend);
    const cases = Array.from({ length: 60 }, (_, n) => `O-${n}`);
    const { inHand, effects } = await perform(
      stage,
      cases,
      counted(() => 1),
      1,
    );
    expect(effects).toEqual(cases);
    expect(inHand).toBe(1);
  });
});

test('commands of one turn reach Redis in one write, in their order, and again after a new connection', async () => {
  await using stage = await openStage('redis');
  const redis = writeTogether(new Redis(stage.settings.redisUrl ?? ''));
  const key = `together:${process.pid}`;
  try {
    for (const round of [1, 2]) {
      await redis.ping();
      const before = redis.stream.bytesWritten;
      let writes = 0;
      const { stream } = redis;
      const hand = stream._writev?.bind(stream);
      stream._writev = (chunks, done) => {
        writes += 1;
        hand?.(chunks, done);
      };
      const pushed = await Promise.all(Array.from({ length: 50 }, (_, n) => redis.rpush(key, n)));
      expect(pushed.at(-1)).toBe(50 * round);
      expect(writes).toBe(1);
      expect(redis.stream.bytesWritten).toBeGreaterThan(before);
      if (round === 1) {
        redis.disconnect(true);
        await new Promise((resolve) => redis.once('ready', resolve));
      }
    }
    expect(await redis.lrange(key, 0, 49)).toEqual(Array.from({ length: 50 }, (_, n) => String(n)));
  } finally {
    await redis.del(key);
    redis.disconnect();
  }
});
