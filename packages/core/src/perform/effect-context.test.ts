import { describe, expect, test } from 'vitest';
import { actionOf } from '../../fixtures/actions.ts';
import { intentRecord } from '../../fixtures/intent-record.ts';
import { LeaseLost, NotPerformed, SecondEffect } from '../errors.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { effectContext } from './effect-context.ts';
import { SendGate } from './send-gate.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const action = actionOf('idempotent');

function contextOf(record: IntentRecord, assert: () => void = () => undefined) {
  const { signal } = new AbortController();
  const lease = { id: record.id, token: record.token, signal, assert, letGo: () => undefined };
  return effectContext({ action, record, gate: new SendGate(lease, signal), stop: { signal }, log });
}

const first = intentRecord({ token: 1, claimant: 'worker/1' });
const second = intentRecord({ token: 2, claimant: 'other/9', sentAgoMs: 5_000, claimedAgoMs: 0 });
const numbers = (random: () => number, count: number) => Array.from({ length: count }, random);

describe('two attempts at one intent', () => {
  test('see the same start, the same numbers and the same trace', () => {
    const [one, other] = [contextOf(first), contextOf(second)];
    expect(one.startedAt).toEqual(new Date('2026-03-01T10:00:00.000Z'));
    expect(other.startedAt).toEqual(one.startedAt);
    expect(numbers(other.random, 20)).toEqual(numbers(one.random, 20));
    expect(other.traceparent).toBe(one.traceparent);
  });

  test('differ in their number alone', () => {
    const fixed = ({ intentId, reference, key, action: name, scope, startedAt, traceparent }: typeof one) => {
      return { intentId, reference, key, name, scope, startedAt, traceparent };
    };
    const one = contextOf(first);
    const other = contextOf(second);
    expect(fixed(other)).toEqual(fixed(one));
    expect([one.attempt, other.attempt]).toEqual([1, 2]);
  });
});

test('a copy of the context has all of its parts, though most are made when they are asked for', () => {
  const context = contextOf(first);
  const copy = { ...context };
  expect(Object.keys(copy).sort()).toEqual(Object.keys(context).sort());
  expect(copy).toMatchObject({ intentId: first.id, traceparent: context.traceparent });
  expect(copy.signal).toBe(context.signal);
  expect(copy.fetch).toBe(context.fetch);
  expect(numbers(copy.random, 3)).not.toEqual(numbers(context.random, 3)); // one sequence, wherever it is drawn from
});

describe('a second generation of an intent', () => {
  const rerunAt = new Date('2026-04-01T12:00:00.000Z');
  const again = contextOf(intentRecord({ token: 3, generation: 2, rerunAt }));

  test('goes by another reference, which no remote takes for the first', () => {
    expect(contextOf(first).reference).toBe(first.id);
    expect(again.reference).toBe(`${first.id}.2`);
    expect(again.intentId).toBe(first.id);
  });

  test('is a request of its own: it starts when it was decided on, and draws other numbers', () => {
    expect(again.startedAt).toEqual(rerunAt);
    const later = contextOf(intentRecord({ token: 4, generation: 2, rerunAt }));
    expect(later.startedAt).toEqual(rerunAt);
    const drawn = numbers(again.random, 3);
    expect(numbers(later.random, 3)).toEqual(drawn);
    expect(drawn).not.toEqual(numbers(contextOf(first).random, 3));
  });
});

describe('random', () => {
  test('gives other numbers to another intent', () => {
    const other = intentRecord({ id: '11111111-2222-8333-8444-555555555555' });
    expect(numbers(contextOf(other).random, 3)).not.toEqual(numbers(contextOf(first).random, 3));
  });

  test('spreads over 0 to below 1', () => {
    const drawn = numbers(contextOf(first).random, 2_000);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(new Set(drawn).size).toBeGreaterThan(1_990);
    const tenths = Array.from({ length: 10 }, (_, n) => drawn.filter((x) => Math.floor(x * 10) === n).length);
    for (const count of tenths) expect(count).toBeGreaterThan(130);
  });

  test('stays the same from release to release', () => {
    // SHA-256 of "<intent id>/1" begins with 0x7bf42544
    expect(numbers(contextOf(first).random, 1)).toEqual([0x7bf42544 / 2 ** 32]);
  });
});

describe('the trace context', () => {
  test("is the submission's own", () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(contextOf(intentRecord({ traceparent })).traceparent).toBe(traceparent);
  });

  test('is made from the intent id where the submission brought none', () => {
    expect(contextOf(first).traceparent).toBe('00-0d3c7a520b1e8c449d0e5b5a3f1c2e77-9d0e5b5a3f1c2e77-01');
  });
});

describe('a send past `fetch`', () => {
  test('is announced once', () => {
    const ctx = contextOf(first);
    ctx.aboutToSend();
    expect(() => ctx.aboutToSend()).toThrow(SecondEffect);
  });

  test('is refused once the lease is over', () => {
    const lost = () => {
      throw new LeaseLost('taken over');
    };
    expect(() => contextOf(first, lost).aboutToSend()).toThrow(NotPerformed);
  });
});

test('the deadline lies as far ahead as the action says', () => {
  const before = Date.now();
  const { deadline } = contextOf(first);
  expect(deadline.getTime() - action.deadlineMs).toBeGreaterThanOrEqual(before);
  expect(deadline.getTime() - action.deadlineMs).toBeLessThanOrEqual(Date.now());
});
