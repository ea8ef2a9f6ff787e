import { createHash } from 'node:crypto';
import type { KeyScalar } from '../action/paths.ts';
import { InvalidKey } from '../errors.ts';
import { encodeKey, idOfKey } from './encode-key.ts';

/** Key versions that are tried, from 1 on: a readable key doesn't name its own. */
export const KEY_VERSIONS_TRIED = 32;

/** Readings of one text that are tried at most: each field that looks like a number or a boolean doubles them. */
const MAX_READINGS = 64;

/**
 * Lists every id that an intent of this readable key can have: a key doesn't show whether `1` is a number or a text,
 * nor its version. Empty for a text that isn't a readable key.
 *
 * @param text like `ticket.create:caseId=CASE-1042`, as answers and logs show it
 * @param scope the intent's tenant, which is a part of its identity and not of the readable key
 */
export function idsOfKey(text: string, scope: string | null): string[] {
  const colon = text.indexOf(':');
  const action = text.slice(0, colon);
  if (colon < 1) return [];
  const versions = Array.from({ length: KEY_VERSIONS_TRIED }, (_, index) => index + 1);
  return readingsOf(text.slice(colon + 1)).flatMap((fields) =>
    versions.flatMap((keyVersion) => idOf({ scope, action, keyVersion, fields })),
  );
}

/**
 * Lists the ids that a shared entity of these fields can have, as the ledger keeps them: 64 hex digits.
 *
 * @param text such an id itself, or fields and values like `recordId=R-7`
 */
export function entityIdsOf(text: string, scope: string | null): string[] {
  if (/^[0-9a-f]{64}$/i.test(text)) return [text.toLowerCase()];
  return readingsOf(text).flatMap((fields) => {
    const encoded = encodedOrNull({ scope, action: 'entity', keyVersion: 1, fields });
    return encoded === null ? [] : [createHash('sha256').update(encoded).digest('hex')];
  });
}

type Fields = readonly (readonly [path: string, value: KeyScalar])[];

function idOf(parts: Parameters<typeof encodeKey>[0]): string[] {
  const encoded = encodedOrNull(parts);
  return encoded === null ? [] : [idOfKey(encoded)];
}

/** `null` for what can't be a key, like a lone surrogate. */
function encodedOrNull(parts: Parameters<typeof encodeKey>[0]): Buffer | null {
  try {
    return encodeKey(parts);
  } catch (error) {
    if (error instanceof InvalidKey) return null;
    throw error;
  }
}

function readingsOf(text: string): Fields[] {
  const parts = text.split(',').map((part) => [part.indexOf('='), part] as const);
  if (parts.some(([equals]) => equals < 1)) return [];
  let readings: Fields[] = [[]];
  for (const [equals, part] of parts) {
    const values = valuesOf(part.slice(equals + 1));
    const path = part.slice(0, equals);
    readings = readings.flatMap((before) => values.map((value) => [...before, [path, value] as const]));
    if (readings.length > MAX_READINGS) readings = readings.slice(0, MAX_READINGS);
  }
  return readings;
}

/** The values that a key shows like this. */
function valuesOf(shown: string): KeyScalar[] {
  const text = unescaped(shown);
  if (text === null || text === '') return [];
  if (text === 'true' || text === 'false') return [text, text === 'true'];
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) && String(number) === text ? [text, number] : [text];
}

function unescaped(shown: string): string | null {
  try {
    return decodeURIComponent(shown);
  } catch {
    return null;
  }
}
