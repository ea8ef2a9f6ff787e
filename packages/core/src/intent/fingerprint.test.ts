import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical, fingerprintOf, without } from './fingerprint.ts';

/** The same value with the fields of all its objects in the reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, below]) => [name, reversed(below)]),
  );
}

const json = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 });

describe('a fingerprint', () => {
  test('is the SHA-256 of the canonical JSON', () => {
    const expected = createHash('sha256').update('{"a":1,"b":[true,null,"é"]}').digest('hex');
    expect(fingerprintOf({ b: [true, null, 'é'], a: 1.0 }, [])).toBe(expected);
  });

  test('ignores the order of properties', () => {
    fc.assert(
      fc.property(json, (input) => {
        expect(fingerprintOf(reversed(input), [])).toBe(fingerprintOf(input, []));
      }),
      { numRuns: 300 },
    );
  });

  test('ignores free fields and nothing else', () => {
    fc.assert(
      fc.property(json, fc.jsonValue(), fc.jsonValue(), (input, one, other) => {
        const base = fingerprintOf({ ...input, body: one }, ['body']);
        expect(fingerprintOf({ ...input, body: other }, ['body'])).toBe(base);
        const differ = canonical(one) !== canonical(other);
        expect(
          fingerprintOf({ ...input, bound: one }, ['body']) !==
            fingerprintOf({ ...input, bound: other }, ['body']),
        ).toBe(differ);
      }),
      { numRuns: 300 },
    );
  });

  test('tells apart an empty list, an empty object, null and a missing field', () => {
    const prints = [{ a: [] }, { a: {} }, { a: null }, {}].map((input) => fingerprintOf(input, []));
    expect(new Set(prints).size).toBe(4);
  });

  test('minds the order of a list', () => {
    expect(fingerprintOf(['a', 'b'], [])).not.toBe(fingerprintOf(['b', 'a'], []));
  });

  test('takes 5,000 levels', () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000));
    expect(fingerprintOf(deep, ['x'])).toHaveLength(64);
  });
});

describe('without', () => {
  test('leaves out fields and fields below, and nothing where they are missing', () => {
    const input = { a: 1, b: { c: 2, d: { e: 3, f: 4 } } };
    expect(without(input, ['a'])).toEqual({ b: { c: 2, d: { e: 3, f: 4 } } });
    expect(without(input, ['b.d.e', 'b.x', 'y.z'])).toEqual({ a: 1, b: { c: 2, d: { f: 4 } } });
    expect(without(input, ['b', 'b.c'])).toEqual({ a: 1 });
  });

  test('leaves the given value alone', () => {
    const input = { a: { b: 1, c: 2 } };
    without(input, ['a.b']);
    expect(input).toEqual({ a: { b: 1, c: 2 } });
  });

  test('takes no name for the beginning of another', () => {
    expect(without({ body: 1, bodyText: 2 }, ['body'])).toEqual({ bodyText: 2 });
    expect(without({ a: { b: 1 }, ab: 2 }, ['a.b'])).toEqual({ a: {}, ab: 2 });
    expect(without({ ab: { d: 1 } }, ['abcd'])).toEqual({ ab: { d: 1 } });
  });

  test('never reaches into a list', () => {
    expect(without({ list: [{ a: 1 }] }, ['list.0', 'list.a'])).toEqual({ list: [{ a: 1 }] });
  });

  test('keeps `__proto__` as a field of its own', () => {
    const input = JSON.parse('{"a":1,"__proto__":{"x":1,"y":2}}');
    expect(canonical(without(input, ['a']))).toBe('{"__proto__":{"x":1,"y":2}}');
    expect(canonical(without(input, ['a', '__proto__.x']))).toBe('{"__proto__":{"y":2}}');
    expect(canonical(without(input, ['__proto__']))).toBe('{"a":1}');
  });
});
