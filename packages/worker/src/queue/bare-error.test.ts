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
