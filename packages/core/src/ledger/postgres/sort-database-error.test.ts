import { expect, test } from 'vitest';
import { type DatabaseFault, sortDatabaseError } from './sort-database-error.ts';

const cases: Record<DatabaseFault, string[]> = {
  connection: [
    '08000',
    '08006',
    '57P01',
    '57P03',
    '25006',
    '53300',
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'E2BIG',
    'ETIMEDOUT',
    'ENOTFOUND',
  ],
  later: ['40001', '40P01', '55P03', '57014', '53100', '53200'],
  rows: ['22021', '22P05', '23505', '23514', 'P0001', 'XX000'],
  schema: ['42P01', '42703', '42883', '3F000'],
  settings: ['28000', '28P01', '3D000', '42501'],
};

test.each(Object.entries(cases).flatMap(([fault, codes]) => codes.map((code) => [code, fault])))(
  '%s is a fault of %s',
  (code, fault) => {
    expect(sortDatabaseError(Object.assign(new Error(code), { code }))).toBe(fault);
  },
);

test.each([
  new Error('Connection terminated unexpectedly'),
  { code: 5 },
  { code: 'lower' },
  null,
  undefined,
  'text',
])('what has no SQLSTATE comes from the connection: %o', (error) => {
  expect(sortDatabaseError(error)).toBe('connection');
});
