import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { drain } from './drain.ts';

const quiet = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const never = new Promise<void>(() => undefined);

describe('drain', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('waits for what is performing, as long as it takes', async () => {
    const closed = Promise.withResolvers<void>();
    let over = false;
    const drained = drain({ atRisk: () => 1, close: () => closed.promise }, quiet).then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(over).toBe(false);
    closed.resolve();
    await drained;
  });

  test('waits five seconds for a goodbye where nothing is at risk', async () => {
    let atRisk = 1;
    let over = false;
    const drained = drain({ atRisk: () => atRisk, close: () => never }, quiet).then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(60_000);
    atRisk = 0;
    await vi.advanceTimersByTimeAsync(4_800);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(400);
    await drained;
    expect(quiet.warn).toHaveBeenCalledWith({}, expect.stringContaining('without a goodbye'));
  });

  test('leaves when a connection does not close well', async () => {
    await drain({ atRisk: () => 0, close: () => Promise.reject(new Error('reset')) }, quiet);
    expect(quiet.warn).toHaveBeenCalledWith({ err: expect.any(Error) }, 'a connection did not close well');
  });
});
