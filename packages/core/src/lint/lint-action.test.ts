import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ActionDefinition } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { lintAction, sampleInputs } from './lint-action.ts';

const effect = atMostOnce({ perform: async () => ({ result: null }) });
const rulesOf = (definition: object): string[] =>
  lintAction(
    defineAction({ name: 'a.b', effect, ...definition } as unknown as ActionDefinition<
      StandardSchemaV1,
      null
    >),
  ).map(({ rule, path }) => (path === undefined ? rule : `${rule} ${path}`));

describe('a finding', () => {
  const input = z.object({ caseId: z.string(), runId: z.string(), jobId: z.string() });

  test('is left out where the action allows it, for one field or for all', () => {
    const key = ['caseId', 'runId', 'jobId'];
    expect(rulesOf({ input, key })).toEqual(['key-run runId', 'key-job jobId']);
    const why = 'a run of the payroll';
    expect(rulesOf({ input, key, lint: { allow: [{ rule: 'key-run', path: 'runId', why }] } })).toEqual([
      'key-job jobId',
    ]);
    expect(rulesOf({ input, key, lint: { allow: [{ rule: 'key-run', why }] } })).toEqual(['key-job jobId']);
    expect(rulesOf({ input, key, lint: { allow: [{ rule: 'key-run', path: 'jobId', why }] } })).toEqual([
      'key-run runId',
      'key-job jobId',
      'unused-allowance jobId',
    ]);
  });

  test('names the action', () => {
    const [finding] = lintAction(defineAction({ name: 'ticket.create', input, key: ['runId'], effect }));
    expect(finding).toMatchObject({
      action: 'ticket.create',
      rule: 'key-run',
      severity: 'error',
      path: 'runId',
    });
  });
});

describe('the inputs that keys are derived from', () => {
  test('are the examples where there are some', () => {
    const examples = [{ caseId: 'CASE-1' }, { caseId: 'CASE-2' }];
    const action = defineAction({
      name: 'a.b',
      input: z.object({ caseId: z.string() }),
      key: ['caseId'],
      examples,
      effect,
    });
    expect(sampleInputs(action)).toEqual(examples);
  });

  test('are made up from the schema otherwise, without what is optional', () => {
    const input = z.object({
      mail: z.email(),
      kind: z.enum(['first', 'second']),
      cents: z.int().min(5_000).multipleOf(50),
      lines: z.array(z.object({ sku: z.string().regex(/^[A-Z]{3}-\d{3}$/) })).min(2),
      note: z.string().optional(),
      tone: z.string().default('plain'),
      at: z.date(),
    });
    const [made] = sampleInputs(defineAction({ name: 'a.b', input, key: ['mail'], effect }));
    expect(input.safeParse(made).error).toBeUndefined();
    expect(Object.keys(made as object)).not.toContain('note');
    expect(Object.keys(made as object)).not.toContain('tone');
  });

  test('are found by trial where the schema says nothing of itself', () => {
    const described = z.object({
      caseId: z.string(),
      count: z.number(),
      inner: z.object({ on: z.boolean() }),
    });
    const { validate, vendor, version } = described['~standard'];
    const input = { '~standard': { validate, vendor, version } } as StandardSchemaV1<
      z.input<typeof described>
    >;
    const action = defineAction({ name: 'a.b', input, key: ['caseId', 'count'], effect });
    expect(sampleInputs(action)).toHaveLength(1);
    expect(lintAction(action).map(({ rule, path }) => `${rule} ${path ?? ''}`)).toEqual([
      'not-described ',
      'key-float count',
    ]);
  });
});

test('a schema that throws or validates asynchronously is said to be unlinted, and harms nothing', () => {
  const throws = z.object({ a: z.string() }).transform(() => {
    throw new Error('boom');
  });
  const late = z.object({ a: z.string().refine(async () => true) });
  expect(rulesOf({ input: throws, key: ['a'] })).toEqual(['not-derived']);
  expect(rulesOf({ input: late, key: ['a'] })).toEqual(['not-derived']);
});
