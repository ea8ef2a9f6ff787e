import { expect, test } from 'vitest';
import { bareError } from './bare-error.ts';

test('an error to be logged holds no command with its password, no connection and no row', () => {
  const error = Object.assign(new Error('WRONGPASS'), {
    code: 'E',
    command: { name: 'hello', args: ['3', 'AUTH', 'default', 'hunter2'] },
    client: { secretKey: 1 },
    detail: 'Failing row contains (hunter2)',
  });
  expect(Object.keys(bareError(error))).toEqual(['code']);
  expect(error.message).toBe('WRONGPASS');
});
