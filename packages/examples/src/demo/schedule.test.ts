import { expect, test } from 'vitest';
import type { Decision } from './decision.ts';
import { scheduleSubmittals } from './schedule.ts';

const decision = (
  line: number,
  parts: { scope?: string; id?: string; fingerprint?: string } = {},
): Decision => ({
  line,
  action: 'ticket.create',
  input: {},
  parsed: {},
  scope: parts.scope,
  intent: {
    id: parts.id ?? `i${line}`,
    key: `k${line}`,
    scope: parts.scope ?? null,
    fingerprint: parts.fingerprint ?? 'f',
  },
  business: `b${line}`,
});
const lines = (count: number, parts = {}) =>
  Array.from({ length: count }, (_, index) => decision(index + 1, parts));

test('hands every decision over, every fourth twice, and to all producers', () => {
  const dealt = scheduleSubmittals(lines(40), 3);
  const times = Map.groupBy(dealt.flat(), (submittal) => submittal.decision.line);
  expect(times.size).toBe(40);
  expect([...times.values()].filter((copies) => copies.length === 2)).toHaveLength(10);
  expect(dealt.every((share) => share.length > 10)).toBe(true);
});

test('uses all three ways, and plain jobs for nothing that has a tenant', () => {
  const ways = (parts: object) =>
    new Set(
      scheduleSubmittals(lines(40, parts), 3)
        .flat()
        .map(({ way }) => way),
    );
  expect(ways({})).toEqual(new Set(['submit', 'bulk', 'plain']));
  expect(ways({ scope: 'acme' })).toEqual(new Set(['submit', 'bulk']));
});

test('submits one by one what contradicts itself', () => {
  const contested = [
    decision(1, { id: 'i' }),
    decision(2, { id: 'i', fingerprint: 'other' }),
    ...lines(30, { id: 'i' }),
  ];
  const ways = new Set(
    scheduleSubmittals(contested, 2)
      .flat()
      .map(({ way }) => way),
  );
  expect(ways).toEqual(new Set(['submit', 'plain']));
});

test('hands even a single decision over twice', () => {
  expect(scheduleSubmittals(lines(1), 3).flat()).toHaveLength(2);
});
