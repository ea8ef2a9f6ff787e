import { expect, test } from 'vitest';
import { businessKey } from './business-key.ts';

test('names an effect by its fields and its verb', () => {
  expect(businessKey('create', { case: 'CASE-1' })).toBe('case=CASE-1|create');
  expect(businessKey('publish', { destination: 'docs', content: 'C=1', revision: 3 })).toBe(
    'destination=docs|content=C=1|revision=3|publish',
  );
});

test('gives different fields different names, whatever they contain', () => {
  expect(businessKey('x', { a: '1|b=2', b: '3' })).not.toBe(businessKey('x', { a: '1', b: '2|b=3' }));
  expect(businessKey('x', { a: '%7C' })).not.toBe(businessKey('x', { a: '|' }));
  expect(businessKey('x', { a: 'one\ntwo' })).toBe('a=one%0Atwo|x');
});
