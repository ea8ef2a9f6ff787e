import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyAction } from '../action/action.ts';
import { InvalidAction, InvalidInput, messageOf } from '../errors.ts';
import { hideValues } from '../privacy/redact.ts';

/** Longest input, as JSON text; what is longer belongs into a store of its own, with its id in the input. */
export const MAX_INPUT_BYTES = 1_048_576;
/** Deepest nesting of an input; deeper values overflow the stack of one JSON reader or another. */
export const MAX_INPUT_DEPTH = 64;

/** JSON.stringify escapes a surrogate only where it stands alone; the backslash must not be escaped itself. */
const ESCAPED_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/i;

/** An input that passed its schema and can be kept as JSON. */
export interface ParsedInput<I = unknown> {
  readonly value: I;
  /** JSON text as the ledger stores it: the frozen input of every attempt. */
  readonly text: string;
}

/**
 * Validates an input by its action's schema and freezes it as JSON.
 *
 * @throws {InvalidInput} naming each field that doesn't fit, or the limit that is passed.
 */
export function parseInput(action: AnyAction, input: unknown): ParsedInput {
  refuseDeep(action.name, input);
  const outcome = action.input['~standard'].validate(input);
  if (outcome instanceof Promise) {
    outcome.catch(() => undefined); // zod also turns what a refinement throws into a rejection
    throw new InvalidAction(
      `action ${action.name}: its schema validates asynchronously, or throws; use a synchronous one`,
    );
  }
  if (outcome.issues) throw new InvalidInput(issuesText(action, input, outcome.issues));
  const text = toJson(action.name, outcome.value);
  const value: unknown = JSON.parse(text);
  if (ESCAPED_SURROGATE.test(text)) refuseIllFormed(action.name, value);
  return { value, text };
}

function toJson(name: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new InvalidInput(`input of ${name} can't be kept as JSON: ${messageOf(cause)}`, { cause });
  }
  if (text === undefined)
    throw new InvalidInput(`input of ${name} can't be kept as JSON: it is ${typeof value}`);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_INPUT_BYTES) {
    throw new InvalidInput(
      `input of ${name} has ${bytes} bytes, more than ${MAX_INPUT_BYTES}: store it elsewhere and pass its id`,
    );
  }
  return text;
}

/** Some schemas repeat the value in what they find fault with. */
function issuesText(action: AnyAction, input: unknown, issues: readonly StandardSchemaV1.Issue[]): string {
  const all = issues.map((issue) => issueText(action, issue)).join('; ');
  return `input of ${action.name}: ${hideValues(action, input, all)}`;
}

function issueText({ redact, encrypt }: AnyAction, issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
  if (encrypt || redact.some((one) => path === one || path.startsWith(`${one}.`)))
    return `${path}: doesn't fit (redacted)`;
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

/** Walks level by level without recursion, so that a value of any depth is refused instead of overflowing. */
function refuseDeep(name: string, input: unknown): void {
  let level: unknown[] = [input];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_INPUT_DEPTH) {
      throw new InvalidInput(
        `input of ${name} is nested deeper than ${MAX_INPUT_DEPTH} levels, or refers to itself`,
      );
    }
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null
        ? Object.values(value).filter((v) => typeof v === 'object')
        : [],
    );
    level = [...new Set(level)]; // an object that refers to itself twice would double every level
  }
}

/** RFC 8785 has no form for half a surrogate pair, and UTF-8 none either: a remote would get another text. */
function refuseIllFormed(name: string, input: unknown): void {
  const paths = illFormed(input, '');
  if (paths.length > 0) {
    throw new InvalidInput(
      `input of ${name} isn't well-formed Unicode (half of a surrogate pair) in: ${paths.join(', ')}`,
    );
  }
}

function illFormed(value: unknown, at: string): string[] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : [at === '' ? '(the whole input)' : at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => {
    const path = at === '' ? name.toWellFormed() : `${at}.${name.toWellFormed()}`;
    return name.isWellFormed() ? illFormed(below, path) : [path];
  });
}
