import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { intentRecord } from '../../fixtures/intent-record.ts';
import type { Action } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { submissionOf } from '../intent/submission-of.ts';
import { conflictOf, driftFields } from './conflict-of.ts';

const ticket = (free: ('body' | 'tone')[]): Action =>
  defineAction({
    name: 'ticket.create',
    input: z.object({
      caseId: z.string(),
      amount: z.number(),
      body: z.string(),
      tone: z.string().default('plain'),
    }),
    key: ['caseId'],
    free,
    effect: atMostOnce({ perform: async () => ({ result: null }) }),
  }) as unknown as Action;

const action = ticket(['body']);
const first = { caseId: 'CASE-1042', amount: 10, body: 'a secret' };
const submit = (input: object, by = action) => submissionOf(by, input, { submittedBy: 'test' });

/** The record that a first submission left. */
function recordOf(input: object, by = action) {
  const { id, key, fingerprint, input: text } = submit(input, by);
  return intentRecord({ id, key, fingerprint, input: text });
}

describe('a later submission', () => {
  test('agrees with the first where only free fields differ', () => {
    expect(conflictOf(action, recordOf(first), submit({ ...first, body: 'another' }))).toBeNull();
  });

  test('contradicts it in a field that is not free, by name and without its value', () => {
    const later = submit({ ...first, amount: 987_654, body: 'another secret' });
    const conflict = conflictOf(action, recordOf(first), later);
    expect(conflict).toMatchObject({ code: 'INTENT_CONFLICT', intentId: later.id, fields: ['amount'] });
    expect(conflict?.message).not.toMatch(/987|secret/);
  });

  test('agrees where only the normal form of its key differs', () => {
    const spelt = (form: string) => ({ ...first, caseId: 'Zo\u00eb'.normalize(form) });
    const [one, other] = [submit(spelt('NFC')), submit(spelt('NFD'))];
    expect(other.id).toBe(one.id);
    expect(other.fingerprint).not.toBe(one.fingerprint);
    expect(conflictOf(action, recordOf(spelt('NFC')), other)).toBeNull();
  });

  test('agrees where a deploy freed the field in between, and contradicts where it bound it', () => {
    const freer = ticket(['body', 'tone']);
    const warm = { ...first, tone: 'warm' };
    expect(conflictOf(freer, recordOf(first), submit(warm, freer))).toBeNull();
    expect(conflictOf(action, recordOf(first, freer), submit(warm))?.fields).toEqual(['tone']);
  });

  test('can only be compared by its key once the answer is purged', () => {
    const tombstone = { ...recordOf(first), purged: true, input: null, fingerprint: '' };
    expect(conflictOf(action, tombstone, submit({ ...first, amount: 11 }))).toBeNull();
  });
});

describe('drift', () => {
  test('names the free fields that a later submission words differently', () => {
    expect(driftFields(action, recordOf(first), submit({ ...first, body: 'another' }).input)).toEqual([
      'body',
    ]);
    expect(driftFields(action, recordOf(first), submit(first).input)).toEqual([]);
  });

  test('is none where the first input is no longer there, or nothing is free', () => {
    const later = submit({ ...first, body: 'another' });
    expect(driftFields(action, { ...recordOf(first), input: null }, later.input)).toEqual([]);
    expect(driftFields(ticket([]), recordOf(first), later.input)).toEqual([]);
  });
});
