import { InvalidQuery } from '@latchkey/core';
import { expect, test } from 'vitest';
import { namedByFlag } from './query-arguments.ts';

test.each([
  ["after: isn't the `next` of a page", "--after: isn't the `next` of a page"],
  ['externalId: has a NUL character', '--external-id: has a NUL character'],
  ['text: has a NUL character', 'text: has a NUL character'],
  ['the search took longer than 5 s: name an action', 'the search took longer than 5 s: name an action'],
])('a query that %s is named as the command line has it', (said, shown) => {
  expect(() => namedByFlag(new InvalidQuery(said))).toThrow(new InvalidQuery(shown));
});

test('any other error stays as it is', () => {
  const error = new Error('after: all');
  expect(() => namedByFlag(error)).toThrow(error);
});
