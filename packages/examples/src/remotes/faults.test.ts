import { expect, test } from 'vitest';
import { createFaultSwitch } from './faults.ts';

const cases = Array.from({ length: 2_000 }, (_, n) => `case=${n}|create`);

test('lets a fault land at the given rate, the same ones for the same seed in any order', () => {
  const forwards = createFaultSwitch('seed', { refuse: 0.25 });
  const backwards = createFaultSwitch('seed', { refuse: 0.25 });
  const other = createFaultSwitch('other', { refuse: 0.25 });
  const first = cases.filter((business) => forwards.lands('refuse', business));
  const second = cases.toReversed().filter((business) => backwards.lands('refuse', business));
  expect(first).toEqual(second.toReversed());
  expect(first).not.toEqual(cases.filter((business) => other.lands('refuse', business)));
  expect(first.length).toBeGreaterThan(400);
  expect(first.length).toBeLessThan(600);
  expect(forwards.landed()).toMatchObject({ refuse: first.length, decline: 0 });
});

test('decides anew each time that a subject comes again', () => {
  const faults = createFaultSwitch('seed', { decline: 0.5 });
  const fates = Array.from({ length: 50 }, () => faults.lands('decline', 'case=1|create'));
  expect(new Set(fates)).toEqual(new Set([true, false]));
});

test('is spent after its limit, until it is set again', () => {
  const faults = createFaultSwitch('seed', { dropAfterCommit: 1, limit: 2 });
  const drop = () => faults.lands('dropAfterCommit', 'x');
  expect([drop(), drop(), drop()]).toEqual([true, true, false]);
  expect(faults.set({ dropAfterCommit: 1, limit: 1 })).toMatchObject({ limit: 1, refuse: 0 });
  expect([drop(), drop()]).toEqual([true, false]);
  expect(faults.landed().dropAfterCommit).toBe(3);
});

test('slows every request where only slowMs is given', () => {
  expect(createFaultSwitch('seed', { slowMs: 5 }).lands('slowMs', 'x')).toBe(true);
  expect(createFaultSwitch('seed', { slowMs: 5, slow: 0 }).lands('slowMs', 'x')).toBe(false);
  expect(createFaultSwitch('seed', {}).lands('slowMs', 'x')).toBe(false);
});

test('refuses settings that it does not know, and keeps the plan it had', () => {
  const faults = createFaultSwitch('seed', { refuse: 1 });
  expect(() => faults.set({ refuze: 1 })).toThrow('refuze');
  expect(() => faults.set({ refuse: 2 })).toThrow('refuse');
  expect(() => faults.set(null)).toThrow('faults');
  expect(faults.plan().refuse).toBe(1);
});
