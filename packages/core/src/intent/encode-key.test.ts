import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidKey } from '../errors.ts';
import { encodeKey, idOfKey, type KeyParts, keyScalar, keyString } from './encode-key.ts';

const parts = (other: Partial<KeyParts> = {}): KeyParts => ({
  scope: null,
  action: 'ticket.create',
  keyVersion: 1,
  fields: [['caseId', 'CASE-1042']],
  ...other,
});
const hex = (other: Partial<KeyParts> = {}) => encodeKey(parts(other)).toString('hex');

describe('the encoding', () => {
  test('is the magic, the scope, the action, the version and the fields, each with tag and length', () => {
    const item = (tag: string, text: string) =>
      Buffer.from(tag).toString('hex') +
      Buffer.byteLength(text).toString(16).padStart(8, '0') +
      Buffer.from(text).toString('hex');
    const fields = [
      ['b', 'ö'],
      ['a.n', -7],
      ['a', true],
    ] as const;
    expect(hex({ scope: 'acme', keyVersion: 12, fields })).toBe(
      [
        item('m', 'latchkey-key-1'),
        item('s', 'acme'),
        item('s', 'ticket.create'),
        item('i', '12'),
        item('p', 'a') + item('b', '1'),
        item('p', 'a.n') + item('i', '-7'),
        item('p', 'b') + item('s', 'ö'),
      ].join(''),
    );
  });

  test('does not depend on the order of the fields', () => {
    const fields = [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const;
    expect(hex({ fields: fields.toReversed() })).toBe(hex({ fields }));
  });

  test('orders fields by the bytes of their UTF-8, not by UTF-16 units', () => {
    const bytes = hex({
      fields: [
        ['\u{1F600}', 1],
        ['\uff5e', 2],
      ],
    });
    const at = (text: string) => bytes.indexOf(Buffer.from(text).toString('hex'));
    expect('\u{1F600}' < '\uff5e').toBe(true);
    expect(at('\uff5e')).toBeLessThan(at('\u{1F600}'));
  });

  test('is one for NFC and NFD spellings of scope, path and value, also where it decides the order', () => {
    const spelt = (form: string) => {
      const text = (given: string) => given.normalize(form);
      const fields = [
        [text('\u00e9'), text('Zo\u00eb')],
        ['f', 1],
      ] as const;
      return hex({ scope: text('Caf\u00e9'), fields });
    };
    expect(spelt('NFD')).toBe(spelt('NFC'));
  });

  test('tells apart what prints alike', () => {
    const alike = [true, 'true', 1, '1'].map((value) => hex({ fields: [['a', value]] }));
    expect(new Set(alike).size).toBe(4);
    expect(hex({ scope: null })).not.toBe(hex({ scope: '' }));
  });

  test('refuses lone surrogates, which UTF-8 would make alike', () => {
    const lone = (value: string) => () => hex({ fields: [['a', value]] });
    expect(lone('\ud800')).toThrow(InvalidKey);
    expect(lone('\udbff')).toThrow(InvalidKey);
    expect(() => hex({ scope: '\udc00' })).toThrow(InvalidKey);
  });

  test('never gives two identities the same bytes', () => {
    // short texts over few letters, digits and the tags themselves, so that a missing boundary would soon show
    const text = fc.string({
      unit: fc.constantFrom('a', 's', 'p', 'i', '1', '\u0000', '\u0001'),
      maxLength: 3,
    });
    const value = fc.oneof(text, fc.integer({ min: -2, max: 12 }), fc.boolean());
    const identity = fc.record({
      scope: fc.option(text),
      action: text,
      keyVersion: fc.integer({ min: 1, max: 12 }),
      fields: fc.uniqueArray(fc.tuple(text, value), { selector: ([path]) => path, maxLength: 3 }),
    });
    const canonical = ({ fields, ...rest }: KeyParts) =>
      JSON.stringify([rest, [...fields].sort(([a], [b]) => (a < b ? -1 : 1))]);
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(identity, (one) => {
        const bytes = encodeKey(one).toString('latin1');
        const first = seen.get(bytes) ?? canonical(one);
        seen.set(bytes, first);
        expect(canonical(one)).toBe(first);
      }),
      { numRuns: 3_000 },
    );
    expect(new Set(seen.values()).size).toBe(seen.size);
  });
});

describe('the id', () => {
  test('is a UUIDv8 of the first 16 bytes of the SHA-256, in all other bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const id = idOfKey(Buffer.from(bytes));
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        const hash = BigInt(`0x${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`);
        const fixed = (0xfn << 76n) | (0b11n << 62n);
        expect(BigInt(`0x${id.replaceAll('-', '')}`) & ~fixed).toBe(hash & ~fixed);
      }),
      { numRuns: 200 },
    );
  });

  test('leaves the encoded key as it was', () => {
    const encoded = encodeKey(parts());
    const before = encoded.toString('hex');
    expect(idOfKey(encoded)).toBe(idOfKey(encoded));
    expect(encoded.toString('hex')).toBe(before);
  });
});

describe('a key value', () => {
  test.each([
    ['text', 'text'],
    ['Zoe\u0308', 'Zo\u00eb'],
    [0, 0],
    [-0, 0],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [false, false],
  ])('may be %o', (given, kept) => {
    expect(keyScalar('a', given)).toBe(kept);
  });

  test.each([
    [undefined, 'is missing'],
    [null, 'only strings'],
    [1.5, 'safe integer'],
    [2 ** 53, 'safe integer'],
    [Number.NaN, 'safe integer'],
    [Number.POSITIVE_INFINITY, 'safe integer'],
    [1n, 'only strings'],
    [new Date(0), 'only strings'],
    [['a'], 'only strings'],
    [{}, 'only strings'],
    ['', 'empty'],
    ['a\u0000', 'NUL'],
    ['a\ud800', 'well-formed'],
    ['\udc00\ud800', 'well-formed'],
  ])("can't be %o", (given, why) => {
    expect(() => keyScalar('who.id', given)).toThrow(InvalidKey);
    expect(() => keyScalar('who.id', given)).toThrow(why);
    expect(() => keyScalar('who.id', given)).toThrow('who.id');
  });

  test.each(['secret\u0000', 'secret\ud800'])('never shows up in the refusal of a text: %o', (secret) => {
    expect(() => keyString('token', secret)).toThrow(/^key field token ((?!secret).)*$/);
  });
});
