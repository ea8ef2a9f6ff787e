import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnyAction } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { LatchkeyError } from '../errors.ts';
import { deriveIntent, readableKey } from './derive-intent.ts';
import { encodeKey, idOfKey, keyScalar } from './encode-key.ts';
import { fingerprintOf } from './fingerprint.ts';

type Scalar = string | number | boolean;

interface Vectors {
  readonly encoding: string;
  readonly vectors: readonly {
    readonly name: string;
    readonly scope: string | null;
    readonly action: string;
    readonly keyVersion: number;
    readonly fields: readonly (readonly [string, Scalar])[];
    readonly encoded: string;
    readonly sha256: string;
    readonly id: string;
    readonly key: string;
  }[];
  readonly refused: {
    readonly action: string;
    readonly path: string;
    readonly values: readonly { readonly name: string; readonly value: unknown }[];
  };
  readonly fingerprints: readonly {
    readonly name: string;
    readonly input: unknown;
    readonly free: readonly string[];
    readonly canonical: string;
    readonly fingerprint: string;
  }[];
}

const file = new URL('../../../../docs/key-vectors.json', import.meta.url);
const published: Vectors = JSON.parse(readFileSync(file, 'utf8'));

// A second implementation, written from docs/keys.md alone and in another manner: hex text instead of buffers. What
// both agree on is what the page says.

const utf8 = (text: string): string =>
  Array.from(new TextEncoder().encode(text.normalize('NFC')), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

function itemOf(tag: 'm' | '-' | 's' | 'i' | 'b' | 'p', text: string): string {
  const body = utf8(text);
  const length = (body.length / 2).toString(16).padStart(8, '0');
  return utf8(tag) + length + body;
}

function valueItem(value: Scalar): string {
  if (typeof value === 'string') return itemOf('s', value);
  return typeof value === 'boolean' ? itemOf('b', value ? '1' : '0') : itemOf('i', BigInt(value).toString());
}

function encodedBySpec(vector: Vectors['vectors'][number]): string {
  const fields = vector.fields
    .map(([path, value]) => ({ at: utf8(path), items: itemOf('p', path) + valueItem(value) }))
    .sort((one, other) => (one.at < other.at ? -1 : 1)); // hex sorts as its bytes do
  return [
    itemOf('m', 'latchkey-key-1'),
    vector.scope === null ? itemOf('-', '') : itemOf('s', vector.scope),
    itemOf('s', vector.action),
    itemOf('i', String(vector.keyVersion)),
    ...fields.map(({ items }) => items),
  ].join('');
}

function sha256BySpec(hex: string): string {
  return createHash('sha256').update(hex, 'hex').digest('hex');
}

function idBySpec(sha256: string): string {
  const low = (1n << 62n) - 1n;
  const hash = BigInt(`0x${sha256.slice(0, 32)}`);
  const first = ((hash >> 80n) << 16n) | 0x8000n | ((hash >> 64n) & 0x0fffn);
  const last = (0b10n << 62n) | (hash & low);
  const digits = ((first << 64n) | last).toString(16).padStart(32, '0');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const ESCAPED: readonly (readonly [number, number])[] = [
  [0x25, 0x25],
  [0x2c, 0x2c],
  [0x3d, 0x3d],
  [0x0000, 0x0020],
  [0x007f, 0x00a0],
  [0x00ad, 0x00ad],
  [0x061c, 0x061c],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

function readableBySpec({ action, fields }: Vectors['vectors'][number]): string {
  const sign = (one: string): string => {
    const code = one.codePointAt(0) ?? 0;
    const isEscaped = ESCAPED.some(([first, last]) => code >= first && code <= last);
    return isEscaped ? utf8(one).toUpperCase().replace(/../g, '%$&') : one;
  };
  const field = ([path, value]: readonly [string, Scalar]): string =>
    `${path}=${[...String(value).normalize('NFC')].map(sign).join('')}`;
  return `${action}:${fields.map(field).join(',')}`;
}

/** RFC 8785 for parsed JSON, as a second opinion: JSON.stringify writes numbers and texts in its way already. */
function canonicalBySpec(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalBySpec).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalBySpec(Reflect.get(value, name))}`).join(',')}}`;
}

function withoutBySpec(input: unknown, free: readonly string[]): unknown {
  const copy = structuredClone(input);
  for (const path of free) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    const holder = steps.reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | undefined)?.[step],
      copy,
    );
    if (typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, last);
  }
  return copy;
}

test('there are vectors for every kind of part', () => {
  expect(published.encoding).toBe('latchkey-key-1');
  expect(published.vectors.length).toBeGreaterThanOrEqual(25);
  expect(published.refused.values.length).toBeGreaterThanOrEqual(10);
  expect(published.fingerprints.length).toBeGreaterThanOrEqual(10);
  const types = published.vectors.flatMap(({ fields }) => fields.map(([, value]) => typeof value));
  expect(new Set(types)).toEqual(new Set(['string', 'number', 'boolean']));
});

describe.each(published.vectors)('the vector "$name"', (vector) => {
  test('is what the specification says', () => {
    expect(encodedBySpec(vector)).toBe(vector.encoded);
    expect(sha256BySpec(vector.encoded)).toBe(vector.sha256);
    expect(idBySpec(vector.sha256)).toBe(vector.id);
    expect(readableBySpec(vector)).toBe(vector.key);
  });

  test('is what the code makes of it', () => {
    const encoded = encodeKey(vector);
    expect(encoded.toString('hex')).toBe(vector.encoded);
    expect(idOfKey(encoded)).toBe(vector.id);
    const fields = vector.fields.map(([path, value]) => [path, keyScalar(path, value)] as const);
    expect(readableKey(vector.action, fields)).toBe(vector.key);
  });
});

test('only the vectors that say so share an id', () => {
  const byId = Map.groupBy(published.vectors, ({ id }) => id);
  const shared = [...byId.values()].filter((group) => group.length > 1);
  expect(shared.map((group) => group.map(({ name }) => name.includes('same id')))).toEqual([
    [false, true],
    [false, true],
  ]);
});

describe('a value that the vectors call refused', () => {
  const { action: name, path, values } = published.refused;
  const action = defineAction({
    name,
    input: z.record(z.string(), z.unknown()),
    key: [path],
    effect: atMostOnce({ perform: async () => ({ result: null }) }),
  }) as AnyAction;

  test.each(values)('is refused: $name', ({ value }) => {
    expect(() => deriveIntent(action, { [path]: value })).toThrow(LatchkeyError);
    expect(() => deriveIntent(action, { [path]: value })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^INVALID_(KEY|INPUT)$/) }),
    );
  });

  test('is not refused for any other reason', () => {
    expect(deriveIntent(action, { [path]: 'x'.repeat(234) }).key).toHaveLength(255);
  });
});

describe.each(published.fingerprints)(
  'the fingerprint of "$name"',
  ({ input, free, canonical, fingerprint }) => {
    test('is what the specification says', () => {
      expect(canonicalBySpec(withoutBySpec(input, free))).toBe(canonical);
      expect(createHash('sha256').update(canonical, 'utf8').digest('hex')).toBe(fingerprint);
    });

    test('is what the code makes of it', () => {
      expect(fingerprintOf(input, free)).toBe(fingerprint);
    });
  },
);
