import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { LeaseLost } from '../errors.ts';
import { Leases, type Renew } from './leases.ts';

const LEASE_MS = 3_000;

interface Asked {
  readonly id: string;
  readonly token: number;
  readonly leaseMs: number;
  readonly at: number;
}

/** Leases on a clock that a test moves, with every renewal that was asked for. */
function leasesWith(answer: (asked: Asked) => Promise<boolean>) {
  const clock = new ManualClock();
  const asked: Asked[] = [];
  const renew: Renew = (id, token, leaseMs) => {
    const one = { id, token, leaseMs, at: clock.now() };
    asked.push(one);
    return answer(one);
  };
  return { clock, asked, leases: new Leases(clock, renew) };
}

const granted = async () => true;
const away = async () => {
  throw new Error('connection refused');
};

describe('a held lease', () => {
  test('is renewed when a third of it has passed, and again, for as long as it is held', async () => {
    const { clock, asked, leases } = leasesWith(granted);
    const lease = leases.hold('a', 7, LEASE_MS, 0);
    await clock.advance(999);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toEqual([{ id: 'a', token: 7, leaseMs: LEASE_MS, at: 1_000 }]);
    await clock.advance(59_000);
    expect(asked.map(({ at }) => at)).toEqual(Array.from({ length: 60 }, (_, n) => (n + 1) * 1_000));
    expect(lease.signal.aborted).toBe(false);
    expect(() => lease.assert()).not.toThrow();
  });

  test('is renewed no more once it is let go, and leaves no timer', async () => {
    const { clock, asked, leases } = leasesWith(granted);
    const lease = leases.hold('a', 1, LEASE_MS, 0);
    lease.letGo();
    expect(leases.size).toBe(0);
    await clock.advance(10_000);
    expect(asked).toEqual([]);
    expect(clock.waiting).toBe(0);
    expect(lease.signal.aborted).toBe(false);
  });

  test('is lost at once where the ledger says no', async () => {
    const { clock, asked, leases } = leasesWith(async () => false);
    const lease = leases.hold('a', 1, LEASE_MS, 0);
    await clock.advance(1_000);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLost);
    expect(lease.signal.reason.message).toBe('the lease on intent a (attempt 1) was taken over');
    expect(() => lease.assert()).toThrow(LeaseLost);
    expect(leases.size).toBe(0);
    await clock.advance(10_000);
    expect(asked).toHaveLength(1);
  });

  test('counts from before its claim was sent', async () => {
    const { clock, asked, leases } = leasesWith(away);
    await clock.advance(2_000);
    const lease = leases.hold('a', 1, LEASE_MS, 500);
    await clock.advance(25);
    expect(asked[0]?.at).toBe(2_025);
    await clock.advance(1_474);
    expect(() => lease.assert()).not.toThrow();
    await clock.advance(1);
    expect(() => lease.assert()).toThrow('ran out before it could be renewed');
  });

  test('that was over before it was held is never usable', () => {
    const { leases } = leasesWith(granted);
    const lease = leases.hold('a', 1, LEASE_MS, -LEASE_MS);
    expect(() => lease.assert()).toThrow(LeaseLost);
    expect(lease.signal.aborted).toBe(true);
  });

  test('is over on the millisecond, before any timer has noticed', async () => {
    const { clock, leases } = leasesWith(() => new Promise(() => undefined));
    const lease = leases.hold('a', 1, 110, 0);
    await clock.advance(109);
    expect(() => lease.assert()).not.toThrow();
    await clock.advance(1);
    expect(lease.signal.aborted).toBe(false);
    expect(() => lease.assert()).toThrow(LeaseLost);
    expect(lease.signal.aborted).toBe(true);
  });
});

describe('while the database is away', () => {
  test('a lease is asked for again and again, and runs out by itself', async () => {
    const { clock, asked, leases } = leasesWith(away);
    const lease = leases.hold('a', 1, LEASE_MS, 0);
    await clock.advance(2_975);
    expect(asked.length).toBeGreaterThan(10);
    expect(lease.signal.aborted).toBe(false);
    await clock.advance(25);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLost);
    expect(lease.signal.reason.message).toContain('ran out before it could be renewed');
  });

  test('a lease is kept where the database comes back in time', async () => {
    let down = true;
    const { clock, leases } = leasesWith(async () => (down ? away() : true));
    const lease = leases.hold('a', 1, LEASE_MS, 0);
    await clock.advance(2_500);
    down = false;
    await clock.advance(10_000);
    expect(() => lease.assert()).not.toThrow();
  });

  test('a renewal that hangs is not asked for twice, and does not keep the lease', async () => {
    const { clock, asked, leases } = leasesWith(() => new Promise(() => undefined));
    const lease = leases.hold('a', 1, LEASE_MS, 0);
    await clock.advance(LEASE_MS);
    expect(asked).toHaveLength(1);
    expect(lease.signal.aborted).toBe(true);
  });
});

describe('a renewal', () => {
  test('counts from before it was sent, however late its answer is', async () => {
    const answers: ((granted: boolean) => void)[] = [];
    const { clock, asked, leases } = leasesWith(() => new Promise((resolve) => answers.push(resolve)));
    const lease = leases.hold('a', 1, LEASE_MS, 0);
    await clock.advance(2_900);
    expect(asked.map(({ at }) => at)).toEqual([1_000]);
    answers[0]?.(true);
    await clock.advance(1_099);
    expect(() => lease.assert()).not.toThrow();
    await clock.advance(1);
    expect(() => lease.assert()).toThrow(LeaseLost);
  });

  test('that comes too late revives nothing', async () => {
    let answer: (granted: boolean) => void = () => undefined;
    const { clock, leases } = leasesWith(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const lease = leases.hold('a', 1, LEASE_MS, 0);
    await clock.advance(LEASE_MS);
    answer(true);
    await clock.advance(25);
    expect(() => lease.assert()).toThrow(LeaseLost);
  });
});

test('each lease stands for itself', async () => {
  const { clock, asked, leases } = leasesWith(async ({ id }) => id !== 'lost');
  const lost = leases.hold('lost', 1, LEASE_MS, 0);
  const kept = leases.hold('kept', 2, LEASE_MS, 0);
  const short = leases.hold('short', 3, 300, 0);
  expect(leases.size).toBe(3);
  await clock.advance(1_000);
  expect(lost.signal.aborted).toBe(true);
  expect(kept.signal.aborted).toBe(false);
  expect(short.signal.aborted).toBe(false);
  expect(asked.filter(({ id }) => id === 'short')).toHaveLength(10);
  expect(asked.filter(({ id }) => id === 'kept')).toHaveLength(1);
});
