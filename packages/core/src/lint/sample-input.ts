import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyAction } from '../action/action.ts';
import { jsonSchemaOf, TEXTS, valueFor } from './json-schema.ts';

/** Values that are tried, one after the other, where a schema finds fault with a field. */
const TRIED: readonly unknown[] = [...TEXTS, 1_042, 1, 0, true, [], {}, null, new Date(0)];
/** Validations at most: each field costs a few, and a schema that none of the values fit is given up. */
const MAX_VALIDATIONS = 2_000;

/**
 * Makes up an input that the action's schema takes, leaving out what is optional so that defaults come into play;
 * `undefined` where that doesn't succeed.
 *
 * It begins with what the schema says of itself as JSON Schema, where its library offers that, and mends each field
 * that validation finds fault with.
 */
export function madeUpInput(action: AnyAction): unknown {
  const described = jsonSchemaOf(action.input);
  let input: unknown = described === null ? {} : (valueFor(described) ?? {});
  let faults = faultsOf(action, input);
  let left = MAX_VALIDATIONS;
  const given = new Set<string>();
  while (faults.length > 0) {
    const place = faults.find((path) => !given.has(JSON.stringify(path)));
    if (place === undefined) return undefined;
    given.add(JSON.stringify(place));
    for (const value of TRIED) {
      if (left === 0) return undefined;
      left -= 1;
      const mended = withValue(input, place, value);
      const after = faultsOf(action, mended);
      if (after.some((path) => isSame(path, place))) continue;
      input = mended;
      faults = after;
      break;
    }
  }
  return input;
}

/** Copies an input with another value at a path; `undefined` takes the field away. */
export function withValue(input: unknown, path: readonly PropertyKey[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(input))
    return input.map((one, index) => (index === Number(step) ? withValue(one, rest, value) : one));
  const { [step as string]: below, ...others } = (isRecord(input) ? input : {}) as Record<string, unknown>;
  const changed = withValue(below, rest, value);
  return changed === undefined ? others : { ...others, [step as string]: changed };
}

/** Validates without throwing; `null` where the schema refuses, throws or is asynchronous. */
export function outputOf(action: AnyAction, input: unknown): { readonly value: unknown } | null {
  const result = validate(action, input);
  return result === null || result.issues ? null : { value: result.value };
}

function faultsOf(action: AnyAction, input: unknown): (readonly PropertyKey[])[] {
  const result = validate(action, input);
  if (result === null) return [[]];
  return (result.issues ?? []).map(({ path = [] }) =>
    path.map((step) => (typeof step === 'object' ? step.key : step)),
  );
}

function validate(action: AnyAction, input: unknown): StandardSchemaV1.Result<unknown> | null {
  try {
    const result = action.input['~standard'].validate(input);
    if (!(result instanceof Promise)) return result;
    result.catch(() => undefined); // zod turns what a refinement throws into a rejection
    return null;
  } catch {
    return null;
  }
}

function isSame(a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
