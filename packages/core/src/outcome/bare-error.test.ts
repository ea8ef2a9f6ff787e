import { expect, test } from 'vitest';
import { bareError } from './bare-error.ts';

test('an error to be logged holds neither a command with its password nor a connection', () => {
  const error = Object.assign(new Error('WRONGPASS'), {
    code: 'E',
    command: { name: 'hello', args: ['3', 'AUTH', 'default', 'hunter2'] },
    client: { secretKey: 1 },
  });
  expect(Object.keys(bareError(error))).toEqual(['code']);
  expect(error.message).toBe('WRONGPASS');
});

test('nor does it, or its cause, quote the row that PostgreSQL refused', () => {
  const refused = Object.assign(new Error('violates a check'), {
    code: '23514',
    detail: 'Failing row contains (hunter2)',
    where: 'SQL statement "… hunter2 …"',
  });
  const error = bareError(new Error('not recorded', { cause: refused }));
  expect(Object.keys(error.cause as object)).toEqual(['code']);
});

test('what is no error is logged as it is', () => {
  expect(bareError('text')).toBe('text');
  expect(bareError(undefined)).toBeUndefined();
});
