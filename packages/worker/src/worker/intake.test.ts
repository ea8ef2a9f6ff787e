import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Intake } from './intake.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** An intake whose jobs take `otherMs` for claim and record, and in between hold a permit for `heldMs`. */
function working(concurrency: number) {
  const taken: number[] = [];
  const intake = new Intake(concurrency, (jobs) => taken.push(jobs));
  let jobs = 0;
  return {
    intake,
    taken,
    async run(heldMs: number, otherMs: number, count: number, inputLength = 0) {
      for (let job = 0; job < count; job += 1) {
        jobs += 1;
        const stay = intake.begin(`job ${jobs}`);
        stay.inputLength = inputLength;
        await pass(otherMs / 2);
        await stay.mayPerform();
        await pass(heldMs);
        stay.performed();
        await pass(otherMs / 2);
        stay.end();
      }
    },
  };
}

/** A job in hand that asks at once whether it may perform. */
function performing(intake: Intake, id: string) {
  const stay = intake.begin(id);
  return { stay, wait: stay.mayPerform() };
}

describe('a job in hand', () => {
  test.each(['mayClaim', 'mayPerform'] as const)(
    'waits (%s) while as many as allowed have permits, and no longer',
    async (asks) => {
      const intake = new Intake(2, () => undefined);
      const [first, second, third] = [intake.begin('1'), intake.begin('2'), intake.begin('3')];
      expect([first[asks](), second[asks]()]).toEqual([null, null]);
      let permitted = false;
      const waits = third[asks]()?.then(() => {
        permitted = true;
      });
      await pass(1_000);
      expect(permitted).toBe(false);
      first.performed();
      await waits;
      expect(permitted).toBe(true);
      expect(intake.underWay).toBe(3);
    },
  );

  test('asks once: with a permit for its claim it may perform', () => {
    const intake = new Intake(1, () => undefined);
    const only = intake.begin('1');
    expect(only.mayClaim()).toBe(null);
    expect(only.mayPerform()).toBe(null);
    only.end();
    expect(performing(intake, '2').wait).toBe(null);
    expect(performing(intake, '3').wait).not.toBe(null);
  });

  test('gives its permit back once, whether it performs or only ends', () => {
    const intake = new Intake(1, () => undefined);
    const first = performing(intake, '1').stay;
    first.performed();
    first.end();
    const second = performing(intake, '2');
    expect(second.wait).toBe(null);
    expect(performing(intake, '3').wait).not.toBe(null);
    second.stay.end();
    expect(intake.underWay).toBe(1);
  });

  test('has no permit to give back where it never asked for one', () => {
    const intake = new Intake(1, () => undefined);
    performing(intake, '1');
    intake.begin('a duplicate').end();
    expect(performing(intake, '2').wait).not.toBe(null);
  });

  test('is let in, to be put back, when the worker leaves before its claim', async () => {
    const intake = new Intake(1, () => undefined);
    performing(intake, '1');
    const late = intake.begin('2').mayClaim();
    intake.close();
    await late;
    expect(intake.isOpen).toBe(false);
    expect(intake.begin('3').mayClaim()).toBe(null);
  });

  test('performs in its turn when the worker leaves after its claim', async () => {
    const intake = new Intake(1, () => undefined);
    const first = performing(intake, '1');
    const unclaimed = intake.begin('2');
    const unclaimedWaits = unclaimed.mayClaim();
    const claimed = performing(intake, '3');
    let performs = false;
    const waits = claimed.wait?.then(() => {
      performs = true;
    });
    intake.close();
    await unclaimedWaits;
    first.stay.end();
    await pass(1_000);
    expect(performs).toBe(false); // one was let in beyond the number
    unclaimed.end();
    await waits;
    expect(performs).toBe(true);
    expect(performing(intake, '4').wait).not.toBe(null);
  });

  test('counts as often as it is in hand', () => {
    const intake = new Intake(2, () => undefined);
    const [stalled, again] = [intake.begin('1'), intake.begin('1')];
    again.end();
    expect(intake.underWay).toBe(1);
    stalled.end();
    expect(intake.underWay).toBe(0);
  });

  test('is at risk from its effect on until its outcome stands somewhere, or it is over', () => {
    const intake = new Intake(2, () => undefined);
    const [one, other] = [performing(intake, '1').stay, performing(intake, '2').stay];
    intake.begin('a duplicate');
    expect([intake.underWay, intake.atRisk]).toEqual([3, 2]);
    one.kept();
    expect([intake.underWay, intake.atRisk]).toEqual([3, 1]);
    one.end();
    other.end();
    expect([intake.underWay, intake.atRisk]).toEqual([1, 0]);
  });

  test('is stopped where the queue lost its lock, and nobody else is', () => {
    const intake = new Intake(2, () => undefined);
    const [one, other] = [intake.begin('1'), intake.begin('2')];
    intake.lost('1');
    intake.lost('unknown');
    expect(one.signal.aborted).toBe(true);
    expect(() => one.throwIfAborted()).toThrow('lock was lost');
    expect(other.signal.aborted).toBe(false);
  });
});

describe('jobs beyond those that perform', () => {
  test('are taken for the time that a job takes beside its effect', async () => {
    const { run, taken } = working(100);
    await run(20, 6, 10);
    expect(taken).toEqual([160]);
  });

  test.each([
    { concurrency: 100, most: 900 },
    { concurrency: 500, most: 1_500 },
    { concurrency: 1_499, most: 1_500 },
  ])(
    'are eight times as many at most, and up to 1,500 in hand: $most for $concurrency',
    async ({ concurrency, most }) => {
      const { run, taken } = working(concurrency);
      await run(1, 50, 10);
      expect(taken.at(-1)).toBe(most);
    },
  );

  test.each([
    { inputLength: 10_000, most: [900] },
    { inputLength: 65_536, most: [512] },
    { inputLength: 1_048_576, most: [] },
  ])('hold 32 MiB of inputs at most: $most of $inputLength each', async ({ inputLength, most }) => {
    const { run, taken } = working(100);
    await run(1, 50, 10, inputLength);
    expect(taken).toEqual(most);
  });

  test('become fewer where their inputs become large', async () => {
    const { run, taken } = working(100);
    await run(1, 50, 10, 100);
    await run(1, 50, 10, 262_144);
    expect(taken).toEqual([900, 128]);
  });

  test('become as many as are asked for in one step', async () => {
    const { run, taken } = working(100);
    await run(1, 4, 40);
    expect(taken).toEqual([900]);
  });

  test('are none where effects take long against the bookkeeping', async () => {
    const { run, taken } = working(10);
    await run(5_000, 6, 3);
    expect(taken).toEqual([]);
  });

  test('are none for a worker that has so many in hand anyway', async () => {
    const { run, taken } = working(1_500);
    await run(1, 50, 10);
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
    await run(100, 6, 5);
    expect(taken.at(-1)).toBe(112);
  });
});
