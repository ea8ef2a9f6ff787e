import { expect, test } from 'vitest';
import { valueAt } from './paths.ts';

test('reads fields at any depth', () => {
  const input = { a: 1, b: { c: { d: 'deep' } }, list: ['x'] };
  expect(valueAt(input, 'a')).toBe(1);
  expect(valueAt(input, 'b.c.d')).toBe('deep');
  expect(valueAt(input, 'list.0')).toBe('x');
});

test('is undefined where a step is missing or no object', () => {
  const input = { a: null, b: 'text', c: {} };
  for (const path of ['x', 'a.b', 'b.length', 'c.d.e', '', 'c.'])
    expect(valueAt(input, path)).toBeUndefined();
  expect(valueAt(null, 'a')).toBeUndefined();
  expect(valueAt('text', 'length')).toBeUndefined();
});

test('reads own properties only, and `__proto__` as any other name', () => {
  expect(valueAt({}, 'constructor')).toBeUndefined();
  expect(valueAt({ a: {} }, 'a.__proto__')).toBeUndefined();
  expect(valueAt(JSON.parse('{"__proto__":{"id":"own"}}'), '__proto__.id')).toBe('own');
});
