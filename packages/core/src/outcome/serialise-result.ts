import { messageOf, storable } from '../errors.ts';

/** Longest result, as JSON text in bytes; a longer one is recorded as succeeded without it. */
export const MAX_RESULT_BYTES = 1_048_576;

/** NUL or a lone surrogate as JSON.stringify escapes it, in a value or a name; its backslash isn't escaped itself. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** Stands in the place of a result that could not be kept. */
export interface UnkeptResult {
  readonly unkept: string;
}

/**
 * Writes a result as JSON that every store accepts. Never throws: the effect has happened, so the success must be
 * recorded whatever the result looks like.
 *
 * BigInt becomes a decimal string, NUL and lone surrogates become U+FFFD; what is circular or too large is
 * replaced by `{ unkept: reason }`.
 */
export function serialiseResult(result: unknown): string {
  let text: string | undefined;
  try {
    text = toJson(result);
    if (text?.includes('\\u')) text = text.replace(UNSTORABLE, '$1\ufffd');
  } catch (error) {
    return unkeptResult(`not serialisable: ${messageOf(error)}`);
  }
  if (text === undefined) return 'null';
  const bytes = Buffer.byteLength(text);
  return bytes > MAX_RESULT_BYTES
    ? unkeptResult(`${bytes} bytes of JSON, more than ${MAX_RESULT_BYTES}`)
    : text;
}

/** A replacer makes JSON.stringify several times slower, and only a BigInt, which it throws for, needs one. */
function toJson(result: unknown): string | undefined {
  try {
    return JSON.stringify(result);
  } catch {
    return JSON.stringify(result, keepable);
  }
}

function keepable(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** What is kept in the place of a result that can't be. */
export function unkeptResult(reason: string): string {
  return JSON.stringify({ unkept: storable(reason.slice(0, 500)) } satisfies UnkeptResult);
}
