import { describe, expect, test } from 'vitest';
import {
  Ambiguous,
  AnswerTimeout,
  DeadlineExceeded,
  Declined,
  IntentConflict,
  IntentUnknown,
  InvalidAction,
  InvalidConfig,
  InvalidInput,
  InvalidKey,
  LatchkeyError,
  LeaseLost,
  messageOf,
  NotLegal,
  NotPerformed,
  SchemaMismatch,
  SecondEffect,
  storable,
  toStoredError,
  Unfit,
  Unreachable,
} from './errors.ts';

const withoutToString: unknown = Object.create(null);

describe('every error', () => {
  const errors: [LatchkeyError, string, string][] = [
    [new NotPerformed('x'), 'NOT_PERFORMED', 'NotPerformed'],
    [new Declined('x'), 'DECLINED', 'Declined'],
    [new Ambiguous('x'), 'AMBIGUOUS', 'Ambiguous'],
    [new DeadlineExceeded(5), 'DEADLINE_EXCEEDED', 'DeadlineExceeded'],
    [new LeaseLost('x'), 'LEASE_LOST', 'LeaseLost'],
    [new SecondEffect('POST', 'http://desk.test/'), 'SECOND_EFFECT', 'SecondEffect'],
    [new IntentConflict('id', 'key', ['a']), 'INTENT_CONFLICT', 'IntentConflict'],
    [new IntentUnknown('id'), 'INTENT_UNKNOWN', 'IntentUnknown'],
    [new InvalidAction('x'), 'INVALID_ACTION', 'InvalidAction'],
    [new InvalidInput('x'), 'INVALID_INPUT', 'InvalidInput'],
    [new InvalidKey('x'), 'INVALID_KEY', 'InvalidKey'],
    [new InvalidConfig('x'), 'INVALID_CONFIG', 'InvalidConfig'],
    [new NotLegal('x'), 'NOT_LEGAL', 'NotLegal'],
    [new SchemaMismatch('SCHEMA_MISSING', 'x'), 'SCHEMA_MISSING', 'SchemaMismatch'],
    [new Unreachable('x'), 'UNREACHABLE', 'Unreachable'],
    [new Unfit('x'), 'UNFIT', 'Unfit'],
    [new AnswerTimeout('key', 5, 'claimed'), 'ANSWER_TIMEOUT', 'AnswerTimeout'],
  ];

  test.each(errors)('%o has the code %s and its own name', (error, code, name) => {
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code, name });
    expect(error.message).not.toBe('');
  });

  test('keeps its cause', () => {
    const cause = new Error('why');
    expect(new NotPerformed('x', { cause }).cause).toBe(cause);
    expect(new Declined('x', { cause }).cause).toBe(cause);
  });
});

describe('an IntentConflict', () => {
  test('names the fields that differ, and says what to do', () => {
    const error = new IntentConflict('id', 'ticket.create:caseId=1', ['amount', 'who.id']);
    expect(error.fields).toEqual(['amount', 'who.id']);
    expect(error.message).toContain('amount, who.id');
    expect(error.message).toContain('`free`');
  });

  test('is readable where no field is known', () => {
    expect(new IntentConflict('id', 'key', []).message).toContain('no longer stored');
  });
});

describe('a NotPerformed', () => {
  test('carries the wait that it asks for', () => {
    expect(new NotPerformed('x', { retryAfterMs: 7 }).retryAfterMs).toBe(7);
    expect(new NotPerformed('x').retryAfterMs).toBeUndefined();
  });
});

describe('toStoredError', () => {
  test('keeps the code of our own errors and calls every other one ambiguous', () => {
    expect(toStoredError(new Declined('no'))).toEqual({ code: 'DECLINED', message: 'no' });
    expect(toStoredError(new TypeError('oops'))).toEqual({ code: 'AMBIGUOUS', message: 'oops' });
  });

  test('adds the message of the cause', () => {
    const error = new NotPerformed('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    expect(toStoredError(error).message).toBe('fetch failed (connect ECONNREFUSED)');
  });

  test('cuts what is longer than 2,000 characters', () => {
    expect(toStoredError(new Error('x'.repeat(5_000))).message).toHaveLength(2_000);
  });

  test('keeps nothing that a database refuses, also where the cut halves a character', () => {
    const { message } = toStoredError(new Error(`\u0000${'x'.repeat(1_998)}\u{1F600}`));
    expect(message.isWellFormed()).toBe(true);
    expect(message).not.toContain('\u0000');
    expect(message).toHaveLength(2_000);
  });

  test.each([
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [withoutToString, 'something without a message was thrown'],
  ])('takes anything thrown: %o', (thrown, message) => {
    expect(toStoredError(thrown)).toEqual({ code: 'AMBIGUOUS', message });
  });

  test('is nothing but JSON', () => {
    const stored = toStoredError(new Error('x', { cause: new Error('y') }));
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored);
  });
});

test('messageOf survives an error whose message throws', () => {
  const error = Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('no message');
    },
  });
  expect(messageOf(error)).toBe('something without a message was thrown');
});

test('storable replaces NUL and lone surrogates, and keeps whole pairs', () => {
  expect(storable('a\u0000b\ud800c\udc00\u{1F600}')).toBe('a\ufffdb\ufffdc\ufffd\u{1F600}');
});
