import type { AnyAction } from '../action/action.ts';
import { valueAt } from '../action/paths.ts';
import { isMoment } from './field-names.ts';
import type { Found } from './finding.ts';
import { type JsonSchema, jsonSchemaOf, schemaAt } from './json-schema.ts';
import { outputOf, withValue } from './sample-input.ts';

/** Tries an input's key fields with other values, to see what the schema lets into the key. */
export function probeKey(action: AnyAction, input: unknown): Found[] {
  const described = jsonSchemaOf(action.input);
  return [
    ...action.key.flatMap((path) => [
      ...optional(action, input, path),
      ...date(action, input, path, schemaAt(described, path)),
      ...float(action, input, path),
    ]),
    ...allDefaulted(action, input),
  ];
}

/** Judges a key by what the schema says of itself; needs no input. */
export function judgeShape(action: AnyAction): Found[] {
  const described = jsonSchemaOf(action.input);
  const fields = action.key.map((path) => ({ path, schema: schemaAt(described, path) }));
  return [...timeOnly(fields), ...fewValues(action, fields)];
}

function optional(action: AnyAction, input: unknown, path: string): Found[] {
  const steps = path.split('.');
  const gone = [undefined, null].some((nothing) => {
    const output = outputOf(action, withValue(input, steps, nothing));
    return output !== null && (valueAt(output.value, path) ?? null) === null;
  });
  if (!gone) return [];
  return [
    {
      rule: 'key-optional',
      severity: 'error',
      path,
      reason: 'the field may be missing or null, and such an input has no key: it is refused',
      wayOut: 'make the field required, or leave it out of the key',
    },
  ];
}

function allDefaulted(action: AnyAction, input: unknown): Found[] {
  const bare = action.key.reduce((rest, path) => withValue(rest, path.split('.'), undefined), input);
  const output = outputOf(action, bare);
  const hasKey =
    output !== null && action.key.every((path) => (valueAt(output.value, path) ?? null) !== null);
  if (!hasKey) return [];
  return [
    {
      rule: 'key-optional',
      severity: 'error',
      reason: 'every key field has a default, so that all callers who say nothing share one intent',
      wayOut: 'require the field that names what the effect is about',
    },
  ];
}

function date(action: AnyAction, input: unknown, path: string, schema: JsonSchema | undefined): Found[] {
  const output = outputOf(action, input);
  if (output !== null && valueAt(output.value, path) instanceof Date) {
    return [
      {
        rule: 'key-date',
        severity: 'error',
        path,
        reason: 'a Date is a moment to the millisecond; the same decision is seldom made twice in one',
        wayOut: 'use the day or the slot that is meant, as text: z.iso.date()',
      },
    ];
  }
  if (schema?.format !== 'date-time') return [];
  return [
    {
      rule: 'key-date',
      severity: 'warning',
      path,
      reason: 'one moment has many spellings (Z and +00:00, with and without fractions), each another key',
      wayOut: 'use the day or the slot that is meant, or an id of it',
    },
  ];
}

function float(action: AnyAction, input: unknown, path: string): Found[] {
  const given = valueAt(input, path);
  const tries = typeof given === 'number' ? [given + 0.5, given - 0.5] : [1.5, '1.5'];
  const taken = tries.some((value) => {
    const output = outputOf(action, withValue(input, path.split('.'), value));
    const parsed = output === null ? undefined : valueAt(output.value, path);
    return typeof parsed === 'number' && !Number.isInteger(parsed);
  });
  if (!taken) return [];
  return [
    {
      rule: 'key-float',
      severity: 'error',
      path,
      reason: "fractions don't print alike everywhere, so they are refused as part of a key",
      wayOut: 'use whole numbers (z.int(), cents instead of euros), or text',
    },
  ];
}

interface KeyField {
  readonly path: string;
  readonly schema: JsonSchema | undefined;
}

function timeOnly(fields: readonly KeyField[]): Found[] {
  const all = fields.every(({ path, schema }) => isMoment(path) || schema?.format === 'date-time');
  if (!all) return [];
  return [
    {
      rule: 'key-time-only',
      severity: 'error',
      reason:
        'the key is a moment and nothing else: two intents of one moment become one, and a repetition at another moment becomes two',
      wayOut: 'name what the effect is about; a time may come beside it, if the decision itself names it',
    },
  ];
}

function fewValues(action: AnyAction, fields: readonly KeyField[]): Found[] {
  if (action.scope !== null) return [];
  const few = ({ schema }: KeyField) =>
    schema !== undefined &&
    (schema.type === 'boolean' || schema.enum !== undefined || schema.const !== undefined);
  if (!fields.every(few)) return [];
  return [
    {
      rule: 'key-few-values',
      severity: 'warning',
      reason: 'flags and fixed choices alone make a handful of keys, and so a handful of intents for ever',
      wayOut: 'name what the effect is about, or the tenant as scope',
    },
  ];
}
