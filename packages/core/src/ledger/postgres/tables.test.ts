import { expect, test } from 'vitest';
import { InvalidConfig } from '../../errors.ts';
import { DEFAULT_SCHEMA, tablesOf } from './tables.ts';

test('names every table in its schema, quoted', () => {
  const { schema, ...tables } = tablesOf('jobs_2');
  expect(schema).toBe('jobs_2');
  for (const table of Object.values(tables)) expect(table).toMatch(/^"jobs_2"\."[a-z_]+"$/);
  expect(new Set(Object.values(tables)).size).toBe(Object.keys(tables).length);
});

test('takes its own default', () => {
  expect(tablesOf(DEFAULT_SCHEMA).schema).toBe(DEFAULT_SCHEMA);
});

test.each(['', 'Jobs', '1st', 'a b', 'a"b', 'a;drop', 'a.b', 'ä', 'a\u0000', 'x'.repeat(64)])(
  'refuses a name that would need quoting: %o',
  (schema) => {
    expect(() => tablesOf(schema)).toThrow(InvalidConfig);
  },
);
