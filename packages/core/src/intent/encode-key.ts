import { hash } from 'node:crypto';
import type { KeyScalar } from '../action/paths.ts';
import { InvalidKey } from '../errors.ts';

/** First bytes of every encoded key; a change of the encoding would change this. */
const MAGIC = 'latchkey-key-1';
/** A tag of one byte and a length of four. */
const HEAD_BYTES = 5;

/** What identifies an intent, before it is encoded. */
export interface KeyParts {
  readonly scope: string | null;
  readonly action: string;
  readonly keyVersion: number;
  /** Path and value of each key field. */
  readonly fields: readonly (readonly [path: string, value: KeyScalar])[];
}

/**
 * Encodes an intent's identity as bytes that no other identity shares.
 *
 * Each item is a tag, its length as an unsigned 32-bit big-endian number, and its UTF-8 bytes: nothing that a value
 * contains can look like a boundary. `docs/keys.md` specifies it, with test vectors.
 *
 * @throws {InvalidKey} for a text that isn't well-formed Unicode: UTF-8 would turn every lone surrogate into U+FFFD.
 */
export function encodeKey(parts: KeyParts): Buffer {
  const fields = parts.fields
    .map(([path, value]) => ({ path: normal(path), value: scalar(value) }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return encoded([
    ['m', MAGIC],
    parts.scope === null ? ['-', ''] : ['s', normal(parts.scope)],
    ['s', normal(parts.action)],
    ['i', String(parts.keyVersion)],
    ...fields.flatMap(({ path, value }): Item[] => [['p', path], value]),
  ]);
}

/** Makes a UUIDv8 (RFC 9562, section 5.8) of the first 16 bytes of the encoded key's SHA-256. */
export function idOfKey(encoded: Buffer): string {
  const hex = hash('sha256', encoded, 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Checks a key field's value and brings strings into NFC.
 *
 * @throws {InvalidKey} for what is missing, is no string, safe integer or boolean, or isn't well-formed Unicode.
 */
export function keyScalar(path: string, value: unknown): KeyScalar {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      if (Number.isSafeInteger(value)) return Object.is(value, -0) ? 0 : value;
      throw new InvalidKey(
        `key field ${path}: ${value} isn't a safe integer; floats don't print alike everywhere`,
      );
    case 'string':
      return keyString(path, value);
    case 'undefined':
      throw new InvalidKey(`key field ${path} is missing`);
    default:
      throw new InvalidKey(
        `key field ${path}: only strings, safe integers and booleans can be part of a key`,
      );
  }
}

/** Checks one string of a key: well-formed, no NUL, not empty; returns it in NFC. */
export function keyString(name: string, value: string): string {
  if (!value.isWellFormed())
    throw new InvalidKey(`key field ${name} isn't well-formed Unicode (a lone surrogate)`);
  if (value.includes('\u0000')) throw new InvalidKey(`key field ${name} has a NUL character`);
  if (value === '')
    throw new InvalidKey(`key field ${name} is empty; an empty value can't identify anything`);
  return value.normalize('NFC');
}

/** A tag of one ASCII character, and a text. */
type Item = readonly [tag: string, text: string];

function scalar(value: KeyScalar): Item {
  switch (typeof value) {
    case 'string':
      return ['s', normal(value)];
    case 'number':
      return ['i', String(value)];
    case 'boolean':
      return ['b', value ? '1' : '0'];
  }
}

function normal(text: string): string {
  if (!text.isWellFormed())
    throw new InvalidKey("a part of a key isn't well-formed Unicode (a lone surrogate)");
  return text.normalize('NFC');
}

/** Writes all items into one buffer: one for each of them would cost a plain job more than its hashes do. */
function encoded(items: readonly Item[]): Buffer {
  const size = items.reduce((sum, [, text]) => sum + HEAD_BYTES + Buffer.byteLength(text), 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [tag, text] of items) {
    const length = bytes.write(text, at + HEAD_BYTES, 'utf8');
    bytes.write(tag, at, 'latin1');
    bytes.writeUInt32BE(length, at + 1);
    at += HEAD_BYTES + length;
  }
  return bytes;
}
