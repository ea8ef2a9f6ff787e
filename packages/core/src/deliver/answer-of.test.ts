import { describe, expect, test } from 'vitest';
import { intentRecord } from '../../fixtures/intent-record.ts';
import { answerOf } from './answer-of.ts';

const finishedAt = new Date('2026-03-01T10:00:01.500Z');

describe('an answer', () => {
  test('holds the result and what the remote called it', () => {
    const record = intentRecord({
      state: 'succeeded',
      token: 2,
      result: '{"id":"T-1"}',
      externalId: 'T-1',
      externalUrl: 'http://desk.test/T-1',
      finishedAt,
    });
    expect(answerOf(record, { replayed: true, drift: ['body'] })).toEqual({
      intentId: record.id,
      key: 'ticket.create:caseId=CASE-1042',
      action: 'ticket.create',
      status: 'succeeded',
      result: { id: 'T-1' },
      externalId: 'T-1',
      externalUrl: 'http://desk.test/T-1',
      replayed: true,
      attempt: 2,
      drift: ['body'],
      completedAt: '2026-03-01T10:00:01.500Z',
    });
  });

  test('holds an error and no result where it failed', () => {
    const error = { code: 'DECLINED', message: 'no such case' } as const;
    const answer = answerOf(intentRecord({ state: 'failed', error, finishedAt }), { replayed: false });
    expect(answer).toMatchObject({ status: 'failed', error, replayed: false });
    expect(Object.keys(answer)).not.toContain('result');
    expect(Object.keys(answer)).not.toContain('drift');
  });

  test('holds a result that is null', () => {
    const answer = answerOf(intentRecord({ state: 'succeeded', result: 'null', finishedAt }), {
      replayed: false,
    });
    expect(Object.keys(answer)).toContain('result');
    expect(answer.result).toBeNull();
  });

  test('names no drift where there is none', () => {
    const answer = answerOf(intentRecord({ state: 'succeeded', result: '1', finishedAt }), {
      replayed: true,
      drift: [],
    });
    expect(Object.keys(answer)).not.toContain('drift');
  });

  test('says which time this is only where a person had it performed once more', () => {
    const [once, twice] = [1, 2].map((generation) =>
      answerOf(intentRecord({ generation }), { replayed: true }),
    );
    expect(Object.keys(once ?? {})).not.toContain('generation');
    expect(twice).toMatchObject({ generation: 2 });
  });

  test('has no time while in doubt', () => {
    const error = { code: 'AMBIGUOUS', message: 'reset' } as const;
    expect(answerOf(intentRecord({ state: 'in_doubt', error }), { replayed: true }).completedAt).toBeNull();
  });

  test('of a tombstone is expired, whatever the outcome was', () => {
    const record = intentRecord({ state: 'succeeded', purged: true, input: null, finishedAt });
    const answer = answerOf(record, { replayed: true });
    expect(answer.status).toBe('expired');
    expect(Object.keys(answer)).not.toContain('result');
  });
});
