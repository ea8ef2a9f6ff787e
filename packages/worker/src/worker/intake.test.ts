import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Intake } from './intake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** An intake whose jobs hold a permit for `heldMs`, and take `afterMs` more until they are acknowledged. */
function working(concurrency: number) {
  const taken: number[] = [];
  const intake = new Intake(concurrency, (jobs) => taken.push(jobs));
  let jobs = 0;
  return {
    intake,
    taken,
    async run(heldMs: number, afterMs: number, count: number) {
      for (let job = 0; job < count; job += 1) {
        jobs += 1;
        const stay = intake.begin(`job ${jobs}`);
        await pass(heldMs);
        stay.performed();
        await pass(afterMs);
        stay.end();
      }
    },
  };
}

describe('a job in hand', () => {
  test('waits while as many as allowed claim and perform, and no longer', async () => {
    const intake = new Intake(2, () => undefined);
    const [first, second, third] = [intake.begin('1'), intake.begin('2'), intake.begin('3')];
    expect([first.mustWait, second.mustWait, third.mustWait]).toEqual([false, false, true]);
    let permitted = false;
    const waits = third.mayClaim().then(() => {
      permitted = true;
    });
    await pass(1_000);
    expect(permitted).toBe(false);
    first.performed();
    await waits;
    expect(permitted).toBe(true);
    expect(intake.underWay).toBe(3);
  });

  test('gives its permit back once, whether it performs or only ends', () => {
    const intake = new Intake(1, () => undefined);
    const first = intake.begin('1');
    first.performed();
    first.end();
    const second = intake.begin('2');
    expect(second.mustWait).toBe(false);
    expect(intake.begin('3').mustWait).toBe(true);
    second.end();
    expect(intake.underWay).toBe(1);
  });

  test('is let in, to be put back, when the worker leaves', async () => {
    const intake = new Intake(1, () => undefined);
    intake.begin('1');
    const late = intake.begin('2');
    intake.close();
    await late.mayClaim();
    expect(intake.isOpen).toBe(false);
    expect(intake.begin('3').mustWait).toBe(false);
  });

  test('counts as often as it is in hand', () => {
    const intake = new Intake(2, () => undefined);
    const [stalled, again] = [intake.begin('1'), intake.begin('1')];
    again.end();
    expect(intake.underWay).toBe(1);
    stalled.end();
    expect(intake.underWay).toBe(0);
  });

  test('is stopped where the queue lost its lock, and nobody else is', () => {
    const intake = new Intake(2, () => undefined);
    const [one, other] = [intake.begin('1'), intake.begin('2')];
    intake.lost('1');
    intake.lost('unknown');
    expect(one.stop.signal.aborted).toBe(true);
    expect(() => one.stop.throwIfAborted()).toThrow('lock was lost');
    expect(other.stop.signal.aborted).toBe(false);
  });
});

describe('jobs beyond those that perform', () => {
  test('are taken for the time that a job takes after its effect', async () => {
    const { run, taken } = working(100);
    await run(20, 5, 10);
    expect(taken).toEqual([150]);
  });

  test('are twice as many at most', async () => {
    const { run, taken } = working(100);
    await run(1, 50, 10);
    expect(taken).toEqual([300]);
  });

  test('are none where effects take long against the bookkeeping', async () => {
    const { run, taken } = working(10);
    await run(5_000, 5, 3);
    expect(taken).toEqual([]);
  });

  test('are none for a worker that performs one at a time', async () => {
    const { run, taken } = working(1);
    await run(1, 50, 10);
    expect(taken).toEqual([]);
  });

  test('become fewer only where half as many would do', async () => {
    const { run, taken } = working(100);
    await run(20, 10, 8);
    expect(taken).toEqual([200]);
    await run(20, 6, 12);
    expect(taken).toEqual([200]);
    await run(100, 5, 5);
    expect(taken.at(-1)).toBe(110);
  });
});
