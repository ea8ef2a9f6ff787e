import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnyAction } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { InvalidAction, InvalidInput } from '../errors.ts';
import { MAX_INPUT_BYTES, MAX_INPUT_DEPTH, parseInput } from './parse-input.ts';

const effect = atMostOnce({ perform: async () => ({ result: null }) });
const taking = (input: z.ZodType): AnyAction =>
  defineAction({ name: 'page.publish', input, key: ['id'] as never, effect });
const anything = taking(z.any());

function nested(levels: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? { in: value } : [value];
  return value;
}

describe('a parsed input', () => {
  test('is what the schema makes of it, frozen as JSON', () => {
    const action = taking(z.object({ id: z.string().trim(), tone: z.string().default('plain') }));
    expect(parseInput(action, { id: ' A ', extra: 1 })).toEqual({
      value: { id: 'A', tone: 'plain' },
      text: '{"id":"A","tone":"plain"}',
    });
  });

  test('is the value that its text reads as, so that the first attempt sees what all later ones see', () => {
    const when = new Date('2026-03-01T10:00:00Z');
    const { value, text } = parseInput(anything, { when, gone: undefined, zero: -0 });
    expect(value).toEqual({ when: '2026-03-01T10:00:00.000Z', zero: 0 });
    expect(value).toEqual(JSON.parse(text));
  });

  test('is any JSON value, unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (given) => {
        expect(parseInput(anything, given).text).toBe(JSON.stringify(given));
      }),
      { numRuns: 200 },
    );
  });
});

describe('an input that its schema refuses', () => {
  test('is answered with every field that is wrong', () => {
    const action = taking(z.object({ id: z.string(), who: z.object({ age: z.number() }) }));
    const parse = () => parseInput(action, { id: 1, who: { age: 'x' } });
    expect(parse).toThrow(InvalidInput);
    expect(parse).toThrow(/^input of page\.publish: id: .+; who\.age: .+$/);
  });

  test('is answered without a path where it is wrong as a whole', () => {
    expect(() => parseInput(taking(z.string()), 5)).toThrow(/^input of page\.publish: Invalid input/);
  });
});

describe('a schema', () => {
  test('that validates asynchronously is refused', () => {
    const action = taking(z.string().refine(async () => true));
    expect(() => parseInput(action, 'x')).toThrow(InvalidAction);
  });

  test('that throws is refused, and leaves no rejection behind that would end the process', async () => {
    const rejections: unknown[] = [];
    const listen = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', listen);
    const throwing = taking(
      z.string().refine(() => {
        throw new TypeError('oops');
      }),
    );
    expect(() => parseInput(throwing, 'x')).toThrow(InvalidAction);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(rejections).toEqual([]);
  });
});

describe('an input without a JSON form', () => {
  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a BigInt', { n: 1n }],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    [
      'a toJSON that throws nothing',
      {
        toJSON: () => {
          throw null;
        },
      },
    ],
  ])('is refused: %s', (_, given) => {
    expect(() => parseInput(anything, given)).toThrow(InvalidInput);
    expect(() => parseInput(anything, given)).toThrow("can't be kept as JSON");
  });
});

describe('a poisonous input', () => {
  test(`may be nested ${MAX_INPUT_DEPTH} levels deep, and no deeper`, () => {
    expect(parseInput(anything, nested(MAX_INPUT_DEPTH)).value).toEqual(nested(MAX_INPUT_DEPTH));
    expect(() => parseInput(anything, nested(MAX_INPUT_DEPTH + 2))).toThrow('nested deeper than 64 levels');
  });

  test.each([5_000, 100_000])('of %d levels overflows nothing', (levels) => {
    expect(() => parseInput(anything, nested(levels))).toThrow(InvalidInput);
  });

  test('that refers to itself is refused, also where every level refers to it twice', () => {
    const circular: Record<string, unknown> = {};
    circular.left = circular;
    circular.right = [circular];
    expect(() => parseInput(anything, circular)).toThrow('refers to itself');
  });

  test('of 10 MB is refused with the limit', () => {
    const parse = () => parseInput(anything, { body: 'x'.repeat(10_000_000) });
    expect(parse).toThrow(InvalidInput);
    expect(parse).toThrow(`has 10000011 bytes, more than ${MAX_INPUT_BYTES}`);
  });

  test('is measured in bytes, not in characters', () => {
    const quotes = 2;
    expect(parseInput(anything, 'x'.repeat(MAX_INPUT_BYTES - quotes)).text).toHaveLength(MAX_INPUT_BYTES);
    expect(() => parseInput(anything, 'é'.repeat(MAX_INPUT_BYTES / 2))).toThrow(InvalidInput);
  });

  test('with `__proto__` keeps it as a field like any other', () => {
    const { value, text } = parseInput(anything, JSON.parse('{"__proto__":{"admin":true}}'));
    expect(text).toBe('{"__proto__":{"admin":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  test('with a lone surrogate is refused, and says where', () => {
    const given = { ok: '\u{1F600}', list: ['a', 'b\ud83d'], '\udc00': 1 };
    expect(() => parseInput(anything, given)).toThrow(InvalidInput);
    expect(() => parseInput(anything, given)).toThrow(/in: list\.1, \ufffd$/);
    expect(() => parseInput(anything, '\ud800')).toThrow(/in: \(the whole input\)$/);
  });

  test('keeps NUL and a text that only looks like an escaped surrogate', () => {
    for (const given of ['\u0000', '\\ud800', 'C:\\\\ud800', '\\\\\\ud800']) {
      expect(parseInput(anything, { given }).value).toEqual({ given });
    }
    expect(() => parseInput(anything, '\\\\\ud800')).toThrow(InvalidInput);
  });
});
