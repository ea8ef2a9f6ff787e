import { expect, test } from 'vitest';
import { Ambiguous, DeadlineExceeded, Declined, LeaseLost, NotPerformed, SecondEffect } from '../errors.ts';
import { sortThrown } from './outcome.ts';

test.each([new NotPerformed('x')])('%o proves that nothing happened', (error) => {
  expect(sortThrown(error)).toEqual({ kind: 'not-performed', error });
});

test('a Declined proves that nothing will happen', () => {
  const error = new Declined('x');
  expect(sortThrown(error)).toEqual({ kind: 'declined', error });
});

test.each([
  new Ambiguous('x'),
  new DeadlineExceeded(5),
  new LeaseLost('x'),
  new SecondEffect('POST', 'x'),
  new TypeError('x'),
  Object.assign(new Error('x'), { name: 'NotPerformed', code: 'NOT_PERFORMED' }),
  { code: 'DECLINED' },
  'text',
  undefined,
])('%o proves nothing', (error) => {
  expect(sortThrown(error)).toEqual({ kind: 'ambiguous', error });
});
