import type { AnyAction } from '../action/action.ts';
import { type KeyScalar, valueAt } from '../action/paths.ts';
import { InvalidKey } from '../errors.ts';
import { encodeKey, idOfKey, keyScalar, keyString } from './encode-key.ts';
import { fingerprintOf } from './fingerprint.ts';
import { parseInput } from './parse-input.ts';

/** Longest readable key, and longest scope, in UTF-16 units: what fits common logs, headers and index rows. */
export const MAX_KEY_LENGTH = 255;

/** An intent as it follows from an action and an input alone. */
export interface DerivedIntent<I = unknown> {
  /** UUIDv8 of the key; the same on every machine. */
  readonly id: string;
  /** Readable idempotency key, like `ticket.create:caseId=CASE-1042`. */
  readonly key: string;
  readonly fingerprint: string;
  readonly scope: string | null;
  readonly input: I;
  /** The input as JSON text. */
  readonly inputText: string;
  /** Ids of the same intent under earlier key versions, each with the date until which it is looked up. */
  readonly previousIds: readonly { readonly id: string; readonly until: string }[];
}

/** What may be said beside the input. */
export interface DeriveOptions {
  /** Tenant; must agree with the action's own `scope` field where it has one. Default: none. */
  readonly scope?: string;
}

/**
 * Derives an intent's id, key and fingerprint from its action and input: pure, no clock, no randomness, no process.
 *
 * @throws {InvalidInput} when the input doesn't fit the schema.
 * @throws {InvalidKey} when a key field's value can't identify anything.
 * @example
 * deriveIntent(createTicket, { caseId: 'CASE-1042', subject: 'Refund', body: '…' }).key;
 * // 'ticket.create:caseId=CASE-1042'
 */
export function deriveIntent(action: AnyAction, input: unknown, options: DeriveOptions = {}): DerivedIntent {
  const parsed = parseInput(action, input);
  const scope = scopeOf(action, parsed.value, options.scope);
  const fields = fieldsAt(action.key, parsed.value);
  const key = readableKey(action.name, fields);
  if (key.length > MAX_KEY_LENGTH) {
    throw new InvalidKey(
      `the key of ${action.name} has ${key.length} characters, more than ${MAX_KEY_LENGTH}: ` +
        'use a short business id, not a text, as key field',
    );
  }
  return {
    id: idOfKey(encodeKey({ scope, action: action.name, keyVersion: action.keyVersion, fields })),
    key,
    fingerprint: fingerprintOf(parsed.value, action.free),
    scope,
    input: parsed.value,
    inputText: parsed.text,
    previousIds: previousIds(action, parsed.value, scope),
  };
}

/** Writes the key for people: paths in the order of the definition, values escaped where they would confuse. */
export function readableKey(action: string, fields: readonly (readonly [string, KeyScalar])[]): string {
  return `${action}:${fields.map(([path, value]) => `${path}=${escaped(String(value))}`).join(',')}`;
}

function fieldsAt(paths: readonly string[], input: unknown): [string, KeyScalar][] {
  return paths.map((path) => [path, keyScalar(path, valueAt(input, path))]);
}

function scopeOf(action: AnyAction, input: unknown, given: string | undefined): string | null {
  const named = action.scope === null ? undefined : keyScalar(action.scope, valueAt(input, action.scope));
  const own = named === undefined ? undefined : String(named);
  const said = given === undefined ? undefined : keyString('scope', given);
  const scope = own ?? said ?? null;
  if (scope !== null && scope.length > MAX_KEY_LENGTH) {
    throw new InvalidKey(
      `the scope has ${scope.length} characters, more than ${MAX_KEY_LENGTH}: use a tenant's id`,
    );
  }
  if (own !== undefined && said !== undefined && own !== said) {
    throw new InvalidKey(`scope ${said} contradicts the input's ${action.scope} (${own})`);
  }
  return scope;
}

function previousIds(action: AnyAction, input: unknown, scope: string | null): DerivedIntent['previousIds'] {
  return action.previousKeys.flatMap(({ version, key, until }) => {
    const fields = usableFields(key, input);
    if (fields === null) return [];
    return [{ id: idOfKey(encodeKey({ scope, action: action.name, keyVersion: version, fields })), until }];
  });
}

/** `null` where a field that the old key needed is gone or can't be in a key: no intent was made under it then. */
function usableFields(paths: readonly string[], input: unknown): [string, KeyScalar][] | null {
  try {
    return fieldsAt(paths, input);
  } catch (error) {
    if (error instanceof InvalidKey) return null;
    throw error;
  }
}

/**
 * What has a meaning in a key, and what can't be seen or turns the text around: controls, spaces, marks of width and
 * direction. A fixed list, so that no later version of Unicode changes a key.
 */
const CONFUSING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
  /[%,=\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/g;

function escaped(value: string): string {
  return value.replace(CONFUSING, (sign) => encodeURIComponent(sign));
}
