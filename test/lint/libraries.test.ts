import {
  type ActionDefinition,
  type AnyAction,
  atMostOnce,
  defineAction,
  lintAction,
  sampleInputs,
} from '@latchkey/core';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const effect = atMostOnce({ perform: async () => ({ result: null }) });

type StandardSchemaV1 = AnyAction['input'];

interface Case {
  readonly zod: StandardSchemaV1;
  readonly valibot: v.GenericSchema;
  readonly arktype: StandardSchemaV1;
  readonly key: readonly string[];
  /** Rule and path; or nothing is wrong. */
  readonly found: readonly string[];
  /** Whether a library has to say what the field is. */
  readonly described?: true;
}

/** Defaults are asked for at each validation. */
const now = () => Date.now();

const CASES: Readonly<Record<string, Case>> = {
  'a good key': {
    zod: z.object({ caseId: z.string(), body: z.string(), note: z.string().optional() }),
    valibot: v.object({ caseId: v.string(), body: v.string(), note: v.optional(v.string()) }),
    arktype: type({ caseId: 'string', body: 'string', 'note?': 'string' }),
    key: ['caseId'],
    found: [],
  },
  'a pattern and fixed choices beside it': {
    zod: z.object({ caseId: z.string().regex(/^CASE-\d+$/), currency: z.enum(['EUR', 'USD']) }),
    valibot: v.object({
      caseId: v.pipe(v.string(), v.regex(/^CASE-\d+$/)),
      currency: v.picklist(['EUR', 'USD']),
    }),
    arktype: type({ caseId: /^CASE-\d+$/, currency: "'EUR'|'USD'" }),
    key: ['caseId', 'currency'],
    found: [],
  },
  'a run': {
    zod: z.object({ caseId: z.string(), runId: z.string() }),
    valibot: v.object({ caseId: v.string(), runId: v.string() }),
    arktype: type({ caseId: 'string', runId: 'string' }),
    key: ['caseId', 'runId'],
    found: ['key-run runId'],
  },
  'a default of the clock': {
    zod: z.object({ caseId: z.string(), stamp: z.int().default(now) }),
    valibot: v.object({ caseId: v.string(), stamp: v.optional(v.pipe(v.number(), v.integer()), now) }),
    arktype: type({ caseId: 'string', stamp: type('number.integer').default(now) }),
    key: ['caseId', 'stamp'],
    found: ['key-clock stamp'],
  },
  'a field that may be missing': {
    zod: z.object({ caseId: z.string(), part: z.string().optional() }),
    valibot: v.object({ caseId: v.string(), part: v.optional(v.string()) }),
    arktype: type({ caseId: 'string', 'part?': 'string' }),
    key: ['caseId', 'part'],
    found: ['key-optional part'],
  },
  fractions: {
    zod: z.object({ caseId: z.string(), amount: z.number() }),
    valibot: v.object({ caseId: v.string(), amount: v.number() }),
    arktype: type({ caseId: 'string', amount: 'number' }),
    key: ['caseId', 'amount'],
    found: ['key-float amount'],
  },
  'a Date': {
    zod: z.object({ caseId: z.string(), on: z.date() }),
    valibot: v.object({ caseId: v.string(), on: v.date() }),
    arktype: type({ caseId: 'string', on: 'Date' }),
    key: ['caseId', 'on'],
    found: ['key-date on'],
  },
  'flags alone': {
    zod: z.object({ on: z.boolean() }),
    valibot: v.object({ on: v.boolean() }),
    arktype: type({ on: 'boolean' }),
    key: ['on'],
    found: ['key-few-values'],
    described: true,
  },
};

const findings = (input: StandardSchemaV1, key: readonly string[], more: object = {}) =>
  lintAction(
    defineAction({ name: 'a.b', effect, input, key, ...more } as unknown as ActionDefinition<
      StandardSchemaV1,
      null
    >),
  );
const rulesOf = (...args: Parameters<typeof findings>) =>
  findings(...args).map(({ rule, path }) => (path === undefined ? rule : `${rule} ${path}`));

describe.each(Object.entries(CASES))('%s', (_name, { zod, valibot, arktype, key, found, described }) => {
  test.each([
    ['zod', zod],
    ['arktype', arktype],
    ['valibot that describes itself', toStandardJsonSchema(valibot)],
  ])('is judged alike with %s', (_library, input) => {
    expect(rulesOf(input as StandardSchemaV1, key)).toEqual(found);
  });

  test('is judged with plain valibot as far as trying goes, which is said', () => {
    expect(rulesOf(valibot, key).toSorted()).toEqual(
      ['not-described', ...(described ? [] : found)].toSorted(),
    );
  });
});

describe('a schema that does not describe itself', () => {
  const { valibot, key } = CASES['a good key'] as Case;

  test('is a warning with a way out, and may be allowed', () => {
    const [finding] = findings(valibot, key);
    expect(finding).toMatchObject({
      severity: 'warning',
      wayOut: expect.stringContaining('toStandardJsonSchema'),
    });
    const allow = [{ rule: 'not-described', why: 'looked at by hand' }];
    expect(rulesOf(valibot, key, { lint: { allow } })).toEqual([]);
    expect(rulesOf(toStandardJsonSchema(valibot), key, { lint: { allow } })).toEqual(['unused-allowance']);
  });

  test('has an input made up all the same', () => {
    const action = defineAction({
      name: 'a.b',
      effect,
      input: v.object({ caseId: v.string() }),
      key: ['caseId'],
    });
    expect(sampleInputs(action)).toEqual([{ caseId: 'CASE-1042' }]);
  });

  test('is said to be unlinted where it validates asynchronously', () => {
    const late = v.objectAsync({
      caseId: v.pipeAsync(
        v.string(),
        v.checkAsync(async () => true),
      ),
    });
    expect(rulesOf(late, ['caseId'])).toEqual(['not-described', 'not-derived']);
  });
});
