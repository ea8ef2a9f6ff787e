import { describe, expect, test } from 'vitest';
import { InvalidConfig } from '../errors.ts';
import { KeyMissing, KeyRing, sealedUnder } from './key-ring.ts';

const key = (id: string, byte: number): string => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
const old = KeyRing.from(key('k1', 1));
const rotated = KeyRing.from(`${key('k2', 2)}, ${key('k1', 1)}`);
const text = '{"secret":"Zoë 東京"}';

describe('a key ring', () => {
  test('reads what it sealed, and each sealing looks different', () => {
    const [one, other] = [old.seal(text, 'i input'), old.seal(text, 'i input')];
    expect(old.open(one, 'i input')).toBe(text);
    expect(one).not.toBe(other);
    expect(one).toMatch(/^latchkey-sealed-1:k1\.[\w-]+$/);
    expect(sealedUnder(one)).toBe('k1');
    expect(sealedUnder(text)).toBeNull();
  });

  test('seals with its first key and still reads under the others', () => {
    expect(sealedUnder(rotated.seal(text, 'i input'))).toBe('k2');
    expect(rotated.open(old.seal(text, 'i input'), 'i input')).toBe(text);
  });

  test('leaves a sealed text as it is, and answers one that is not sealed', () => {
    const sealed = old.seal(text, 'i input');
    expect(rotated.seal(sealed, 'i input')).toBe(sealed);
    expect(old.open(text, 'i input')).toBe(text);
  });

  test('names the key that is missing', () => {
    const sealed = rotated.seal(text, 'i input');
    expect(() => old.open(sealed, 'i input')).toThrow(KeyMissing);
    expect(() => old.open(sealed, 'i input')).toThrow(
      /under key k2, which isn't in LATCHKEY_ENCRYPTION_KEYS/,
    );
  });

  test('reads nothing that was changed, moved to another intent or field, or sealed by a namesake', () => {
    const sealed = old.seal(text, 'i input');
    const last = sealed.at(-6) === 'A' ? 'B' : 'A';
    const changed = `${sealed.slice(0, -6)}${last}${sealed.slice(-5)}`;
    const namesake = KeyRing.from(key('k1', 9));
    for (const read of [
      () => old.open(changed, 'i input'),
      () => old.open(sealed, 'j input'),
      () => old.open(sealed, 'i result'),
      () => namesake.open(sealed, 'i input'),
      () => old.open('latchkey-sealed-1:k1.AAAA', 'i input'),
    ])
      expect(read).toThrow(expect.objectContaining({ code: 'SEAL_BROKEN' }));
  });

  test('hashes by its current key only', () => {
    expect(old.mac('x')).toMatch(/^[0-9a-f]{64}$/);
    expect(old.mac('x')).toBe(KeyRing.from(key('k1', 1)).mac('x'));
    expect(old.mac('x')).not.toBe(rotated.mac('x'));
  });

  test('refuses keys of another length, doubles and what is no key, and never shows one', () => {
    const short = Buffer.alloc(16, 7).toString('base64');
    for (const wrong of [`k1:${short}`, 'k1', ':', `${key('k1', 1)},${key('k1', 2)}`]) {
      expect(() => KeyRing.from(wrong)).toThrow(InvalidConfig);
      expect(() => KeyRing.from(wrong)).not.toThrow(short);
    }
    expect(() => KeyRing.from(`${key('k1', 1)},k2:${short}`)).toThrow(/encryption keys: k2 isn't right/);
    expect(KeyRing.from('').ids).toEqual([]);
    expect(() => KeyRing.from('').seal(text, '')).toThrow(/LATCHKEY_ENCRYPTION_KEYS: missing/);
  });
});
