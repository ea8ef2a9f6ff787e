import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { saysGoodbye } from './goodbye.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<void>(() => undefined);

test('tells every ten seconds for how many jobs it waits, and nothing once none is at risk', async () => {
  let atRisk = 2;
  const waiting = vi.fn();
  const said = saysGoodbye(never, () => atRisk, waiting);
  await vi.advanceTimersByTimeAsync(9_900);
  expect(waiting).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20_100);
  expect(waiting.mock.calls).toEqual([[2], [2], [2]]);
  atRisk = 0;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await said).toBe(false);
  expect(waiting).toHaveBeenCalledTimes(3);
});

test('is over as soon as all is closed, though jobs are at risk', async () => {
  expect(await saysGoodbye(Promise.resolve(), () => 1)).toBe(true);
});
