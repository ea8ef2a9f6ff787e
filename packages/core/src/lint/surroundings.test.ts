import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { STILL, within } from './surroundings.ts';

const seen = () => ({
  now: Date.now(),
  made: new Date().toISOString(),
  called: Date(),
  host: hostname(),
  pid: process.pid,
  set: process.env.PATH,
  unset: process.env.LATCHKEY_NO_SUCH,
});

test('clock, host, process id and environment are what they are said to be', () => {
  const own = process.env.PATH ?? '';
  const changed = { ...STILL, host: 'host-b', pid: 77, envSuffix: '-changed' };
  expect(within(changed, seen)).toEqual({
    now: STILL.nowMs,
    made: new Date(STILL.nowMs).toISOString(),
    called: expect.stringContaining('2026'),
    host: 'host-b',
    pid: 77,
    set: `${own}-changed`,
    unset: '-changed',
  });
});

test('a date is a date inside and outside', () => {
  const outside = new Date(0);
  const inside = within(STILL, () => {
    expect(outside).toBeInstanceOf(Date);
    return new Date(2026, 2, 1);
  });
  expect(inside).toBeInstanceOf(Date);
  expect(inside.getFullYear()).toBe(2026);
});

test('everything is put back, whatever is thrown', () => {
  const before = { ...seen(), now: 0, made: '', called: '' };
  const own = Date;
  const boom = () => {
    throw new Error('boom');
  };
  expect(() => within({ ...STILL, envSuffix: 'x' }, boom)).toThrow('boom');
  expect(Date).toBe(own);
  expect({ ...seen(), now: 0, made: '', called: '' }).toEqual(before);
  expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000);
});
