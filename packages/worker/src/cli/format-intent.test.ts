import type { HistoryEntry, IntentRecord } from '@latchkey/core';
import { describe, expect, test } from 'vitest';
import { formatIntent } from './format-intent.ts';

const record: IntentRecord = {
  id: '0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10',
  action: 'ticket.create',
  key: 'ticket.create:caseId=CASE-1042',
  scope: null,
  fingerprint: 'f',
  state: 'succeeded',
  generation: 1,
  rerunAt: null,
  token: 1,
  tries: 1,
  kind: 'idempotent',
  claimant: 'ada/1f/1',
  input: '{"caseId":"CASE-1042"}',
  result: '{"ticket":77}',
  externalId: 'TICKET-77',
  externalUrl: 'https://desk.test/77',
  error: null,
  traceparent: null,
  turn: null,
  asked: 0,
  purged: false,
  createdAt: new Date(0),
  finishedAt: new Date(1_000),
  sentAgoMs: null,
  claimedAgoMs: null,
  leaseLeftMs: null,
  dueInMs: null,
};
const entry = (at: number, event: string, others: Partial<HistoryEntry> = {}): HistoryEntry => ({
  at: new Date(at),
  event,
  attempt: 0,
  actor: null,
  detail: null,
  ...others,
});

describe('formatIntent', () => {
  test('lays out what the intent holds, and its story in order', () => {
    const story = [
      entry(0, 'submitted', { actor: 'desk', detail: { key: record.key } }),
      entry(20, 'claimed', { attempt: 1, actor: 'ada/1f/1' }),
    ];
    expect(formatIntent({ record, story })).toBe(`ticket.create:caseId=CASE-1042
  intent    0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10
  action    ticket.create
  state     succeeded
  attempts  1
  input     {"caseId":"CASE-1042"}
  result    {"ticket":77}
  created   TICKET-77
  at        https://desk.test/77

  1970-01-01 00:00:00.000Z  submitted  by desk, key: ticket.create:caseId=CASE-1042
  1970-01-01 00:00:00.020Z  claimed    attempt 1, by ada/1f/1`);
  });

  test.each([
    [{ state: 'claimed', leaseLeftMs: 12_000 }, 'claimed by ada/1f/1, lease ends in 12 s'],
    [{ state: 'claimed', leaseLeftMs: -500 }, 'claimed by ada/1f/1, lease ended 500 ms ago'],
    [{ state: 'pending', dueInMs: 300_000 }, 'pending, tried again in 5 min'],
    [{ state: 'in_doubt', dueInMs: null }, 'in_doubt, held for a person'],
    [{ state: 'in_doubt', dueInMs: 7_200_000 }, 'in_doubt, looked after by itself in 2 h'],
    [{ state: 'failed', purged: true }, 'failed; its replay window is over'],
  ] as const)('says of %o what comes next', (facts, state) => {
    expect(formatIntent({ record: { ...record, ...facts }, story: [] })).toContain(`  state     ${state}`);
  });

  test('tells the way out of a doubt and of a failure', () => {
    const inDoubt = { ...record, state: 'in_doubt', dueInMs: null } as const;
    expect(formatIntent({ record: inDoubt, story: [] })).toContain(`latchkey resolve ${record.id} --as`);
    expect(formatIntent({ record: { ...record, state: 'failed' }, story: [] })).toContain(
      `latchkey replay ${record.id} --by`,
    );
  });

  test('sends nothing to the terminal that could steer it', () => {
    const error = { code: 'DECLINED', message: 'no\u001b[2J\u202e\nsuch desk' } as const;
    const story = [entry(0, 'replayed', { detail: { reason: '\u0007\u009b1A' } })];
    const shown = formatIntent({ record: { ...record, error }, story });
    expect(shown).toContain('error     DECLINED: no\\u001b[2J\\u202e\\u000asuch desk');
    expect(shown).toContain('reason: \\u0007\\u009b1A');
  });
});
