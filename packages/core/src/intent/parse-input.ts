import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyAction } from '../action/action.ts';
import { InvalidAction, InvalidInput } from '../errors.ts';

/** Longest input, as JSON text; what is longer belongs into a store of its own, with its id in the input. */
export const MAX_INPUT_BYTES = 1_048_576;
/** Deepest nesting of an input; deeper values overflow the stack of one JSON reader or another. */
export const MAX_INPUT_DEPTH = 64;

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
    throw new InvalidAction(
      `action ${action.name}: its schema validates asynchronously; use a synchronous one`,
    );
  }
  if (outcome.issues)
    throw new InvalidInput(`input of ${action.name}: ${outcome.issues.map(issueText).join('; ')}`);
  const text = toJson(action.name, outcome.value);
  return { value: JSON.parse(text), text };
}

function toJson(name: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new InvalidInput(`input of ${name} can't be kept as JSON: ${(cause as Error).message}`, { cause });
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

function issueText(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
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
  }
}
