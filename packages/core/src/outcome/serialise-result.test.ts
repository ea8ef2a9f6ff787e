import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_RESULT_BYTES, serialiseResult } from './serialise-result.ts';

const kept = (result: unknown): unknown => JSON.parse(serialiseResult(result));
const throwing = (thrown: unknown) => ({
  toJSON: () => {
    throw thrown;
  },
});
const circular: { self?: unknown } = {};
circular.self = circular;

describe('a result', () => {
  test('is kept as it is where JSON can hold it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (result) => {
        expect(serialiseResult(result)).toBe(JSON.stringify(result));
      }),
      { numRuns: 200 },
    );
  });

  test('that is missing or a function is kept as null', () => {
    for (const result of [undefined, () => 1, Symbol('s'), null])
      expect(serialiseResult(result)).toBe('null');
  });

  test('keeps a BigInt as decimal digits', () => {
    expect(kept({ id: 12345678901234567890n, list: [-1n] })).toEqual({
      id: '12345678901234567890',
      list: ['-1'],
    });
  });

  test('keeps neither NUL nor lone surrogates, in values or names', () => {
    const result = {
      'na\u0000me': 'a\u0000\u0000b',
      list: ['\ud800', '\udc00\ud800'],
      '\udbff': '\u{1F600}',
    };
    expect(kept(result)).toEqual({
      'na\ufffdme': 'a\ufffd\ufffdb',
      list: ['\ufffd', '\ufffd\ufffd'],
      '\ufffd': '\u{1F600}',
    });
  });

  test('keeps a text that only looks like an escape', () => {
    const result = ['\\u0000', '\\ud800', 'C:\\\\u0000', '\\\\\\udfff', '\\'];
    expect(kept(result)).toEqual(result);
    expect(kept('\\\u0000')).toBe('\\\ufffd');
  });

  test('is text that every store accepts, whatever it holds', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      key: fc.string({ unit: 'binary' }),
      values: [
        fc.string({ unit: fc.constantFrom('\u0000', '\ud800', '\udc00', '\\', '"', 'u', '0', 'd', '8') }),
      ],
    });
    fc.assert(
      fc.property(anything, (result) => {
        const text = serialiseResult(result);
        const readBack = JSON.stringify(JSON.parse(text));
        for (const each of [text, readBack]) {
          expect(each.isWellFormed()).toBe(true);
          expect(each.replaceAll('\\\\', '')).not.toMatch(/\\u0000|\\ud[89a-f]/);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("a result that can't be kept", () => {
  test.each([
    ['circular', circular, /^not serialisable: .*circular/i],
    ['of a toJSON that throws', throwing(new Error('no')), /^not serialisable: no$/],
    ['of a toJSON that throws nothing', throwing(undefined), /^not serialisable: undefined$/],
    [
      'of a toJSON that throws what has no text',
      throwing(Object.create(null)),
      /^not serialisable: something/,
    ],
    [
      'too long for a text',
      throwing(new RangeError('Invalid string length')),
      /^not serialisable: Invalid string/,
    ],
    ['too large', 'é'.repeat(MAX_RESULT_BYTES / 2), /^1048578 bytes of JSON, more than 1048576$/],
  ])('as it is %s is replaced by the reason', (_, result, reason) => {
    expect(kept(result)).toEqual({ unkept: expect.stringMatching(reason) });
  });

  test('is judged by the bytes of its JSON', () => {
    const largest = 'x'.repeat(MAX_RESULT_BYTES - 2);
    expect(kept(largest)).toBe(largest);
    expect(kept(`${largest}x`)).toHaveProperty('unkept');
  });

  test('gives a reason of 500 characters at most, without NUL or lone surrogates', () => {
    const { unkept } = kept(throwing(new Error(`\u0000\ud800${'x'.repeat(1_000)}`))) as { unkept: string };
    expect(unkept).toHaveLength(500);
    expect(unkept).toContain('\ufffd\ufffdx');
  });

  test('may be nested deeper than the stack', () => {
    let result: unknown = null;
    for (let level = 0; level < 200_000; level += 1) result = [result];
    expect(kept(result)).toEqual({ unkept: expect.stringMatching(/^not serialisable/) });
  });
});
