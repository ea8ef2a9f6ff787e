import { describe, expect, test } from 'vitest';
import { conflictBetween, driftBetween } from './drift.ts';

const first = {
  caseId: 'CASE-1042',
  amount: 10,
  body: 'Hello',
  meta: { tone: 'plain', lang: 'en', tags: ['a', 'b'] },
};

describe('drift', () => {
  test('names the free fields that differ, in the order of the definition', () => {
    const later = { ...first, body: 'Hi', meta: { ...first.meta, tone: 'warm' }, amount: 11 };
    expect(driftBetween(first, later, ['meta.tone', 'body', 'meta.lang'])).toEqual(['meta.tone', 'body']);
  });

  test('names a free field that came or went', () => {
    const { body: _, ...bodiless } = first;
    expect(driftBetween(first, bodiless, ['body'])).toEqual(['body']);
    expect(driftBetween(bodiless, first, ['body'])).toEqual(['body']);
    expect(driftBetween(bodiless, bodiless, ['body'])).toEqual([]);
  });

  test('names a free object as a whole', () => {
    expect(driftBetween(first, { ...first, meta: { ...first.meta, lang: 'de' } }, ['meta'])).toEqual([
      'meta',
    ]);
  });

  test('minds neither the order of properties nor the normal form of a text', () => {
    const spelt = (form: string) => ({ body: { b: 'Zo\u00eb'.normalize(form), a: 1 } });
    const turned = { body: { a: 1, b: 'Zoe\u0308' } };
    expect(driftBetween(spelt('NFC'), turned, ['body'])).toEqual([]);
  });
});

describe('a conflict', () => {
  test('names the fields that differ down to the field, by name', () => {
    const later = { ...first, amount: 11, meta: { ...first.meta, tone: 'warm', lang: 'de' } };
    expect(conflictBetween(first, later, [])).toEqual(['amount', 'meta.lang', 'meta.tone']);
  });

  test('leaves out free fields', () => {
    const later = { ...first, amount: 11, body: 'Hi', meta: { ...first.meta, tone: 'warm' } };
    expect(conflictBetween(first, later, ['body', 'meta.tone'])).toEqual(['amount']);
    expect(conflictBetween(first, later, ['body', 'meta', 'amount'])).toEqual([]);
  });

  test('names a list as a whole', () => {
    const later = { ...first, meta: { ...first.meta, tags: ['a', 'c'] } };
    expect(conflictBetween(first, later, [])).toEqual(['meta.tags']);
  });

  test('names what came and what went', () => {
    const { amount: _, ...rest } = first;
    expect(conflictBetween(first, { ...rest, total: 10 }, [])).toEqual(['amount', 'total']);
  });

  test('names an object that became something else', () => {
    expect(conflictBetween(first, { ...first, meta: null }, [])).toEqual(['meta']);
    expect(conflictBetween(first, { ...first, meta: ['plain'] }, [])).toEqual(['meta']);
  });

  test('tells the number 1 from the text "1"', () => {
    expect(conflictBetween({ a: 1 }, { a: '1' }, [])).toEqual(['a']);
  });

  test('names the whole input where it is no object', () => {
    expect(conflictBetween('one', 'two', [])).toEqual(['(the whole input)']);
  });

  test('is none for another order of properties or another normal form', () => {
    const later = { meta: first.meta, body: first.body, amount: 10, caseId: 'CASE-1042' };
    expect(conflictBetween(first, later, [])).toEqual([]);
    expect(conflictBetween({ a: ['Zo\u00eb'] }, { a: ['Zoe\u0308'] }, [])).toEqual([]);
  });

  test('in `__proto__` is found and changes no prototype', () => {
    const with1 = JSON.parse('{"__proto__":{"a":1}}');
    const with2 = JSON.parse('{"__proto__":{"a":2}}');
    expect(conflictBetween(with1, with2, [])).toEqual(['__proto__.a']);
    expect(conflictBetween({}, with2, [])).toEqual(['__proto__']);
  });
});
