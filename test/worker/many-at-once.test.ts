import { setTimeout as sleep } from 'node:timers/promises';
import { atMostOnce, defineAction, idempotent } from '@latchkey/core';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

/** An action whose effects take some time, and which remembers how many there were at once. */
function counted(
  effect: (caseId: string) => Promise<unknown>,
  kind: 'atMostOnce' | 'idempotent' = 'atMostOnce',
) {
  const seen = { now: 0, most: 0, started: [] as string[], effects: [] as string[] };
  const perform = async ({ caseId }: { caseId: string }) => {
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    seen.started.push(caseId);
    await effect(caseId);
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
      const cases = Array.from({ length: 160 }, (_, n) => `M-${n}`);
      const { inHand, most, effects } = await perform(
        stage,
        cases,
        counted(() => sleep(1), kind),
        4,
      );
      expect(most).toBe(4);
      expect(inHand).toBeGreaterThan(4);
      expect(inHand).toBeLessThanOrEqual(36);
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
      const released = Promise.withResolvers<void>();
      const { action, seen } = counted(
        (caseId) => (caseId.startsWith('held') ? released.promise : sleep(1)),
        kind,
      );
      const client = await stage.connect(action);
      const cases = Array.from({ length: 160 }, (_, n) => `${n < 120 ? 'quick' : 'held'}-${n}`);
      const handles = await client.submitMany(cases.map((caseId) => ({ action, input: { caseId } })));
      const worker = await stage.startWorker([action], { concurrency: 4 });
      const states = async () => (await Promise.all(handles.map((handle) => handle.status()))).join(' ');
      await vi.waitFor(() => expect(seen.now).toBe(4), 60_000);
      // until all that is in hand is claimed, or recorded
      const standing = await vi.waitFor(
        async () => {
          expect(seen.started.filter((caseId) => caseId.startsWith('held'))).toHaveLength(4);
          const before = await states();
          await sleep(300);
          expect(await states()).toBe(before);
          return before;
        },
        { timeout: 60_000, interval: 50 },
      );
      const count = (state: string, all = standing) => all.split(' ').filter((one) => one === state).length;
      const claimed = count('claimed');
      if (ahead) expect(claimed).toBeGreaterThan(4);
      else expect(claimed).toBe(4);
      expect(claimed).toBeLessThanOrEqual(36);
      const closing = worker.close();
      released.resolve();
      await closing;
      expect(seen.most).toBe(4);
      expect(seen.started.toSorted()).toEqual(seen.effects.toSorted());
      const end = await states();
      expect(count('succeeded', end)).toBe(count('succeeded') + claimed);
      expect(count('pending', end)).toBe(160 - count('succeeded') - claimed);
    },
  );

  test('takes one job after another where it performs one at a time, in their order', async () => {
    await using stage = await openStage(backend);
    const cases = Array.from({ length: 60 }, (_, n) => `O-${n}`);
    const { inHand, effects } = await perform(
      stage,
      cases,
      counted(() => sleep(1)),
      1,
    );
    expect(effects).toEqual(cases);
    expect(inHand).toBe(1);
  });
});
