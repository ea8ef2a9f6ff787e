import { describe, expect, test } from 'vitest';
import { intentRecord } from '../../fixtures/intent-record.ts';
import type { HistoryEntry } from './record.ts';
import { type RowChapter, storyOf } from './story.ts';

const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 10, 0, second));
const claimed = { at: at(1), event: 'claimed', attempt: 1, actor: 'worker/1', detail: null };

function chapter(
  other: Partial<RowChapter> = {},
  record: Parameters<typeof intentRecord>[0] = {},
): RowChapter {
  return { record: intentRecord(record), submittedBy: 'api', claimedAt: at(1), told: 0, ...other };
}
const events = (row: RowChapter, history: readonly HistoryEntry[] = []) =>
  storyOf(row, history).map(({ event, attempt }) => `${event} ${attempt}`);

describe('the story of an intent', () => {
  test('begins with who submitted it, when, and under which key', () => {
    const [submitted] = storyOf(
      chapter({ claimedAt: null }, { token: 0, state: 'pending', claimant: null }),
      [],
    );
    expect(submitted).toEqual({
      at: new Date('2026-03-01T10:00:00.000Z'),
      event: 'submitted',
      attempt: 0,
      actor: 'api',
      detail: { key: 'ticket.create:caseId=CASE-1042' },
    });
  });

  test('names the tenant where there is one', () => {
    expect(storyOf(chapter({}, { scope: 'acme' }), [])[0]?.detail).toMatchObject({ scope: 'acme' });
  });

  test('tells of nothing more before the first claim', () => {
    expect(events(chapter({ claimedAt: null }, { token: 0, state: 'pending' }))).toEqual(['submitted 0']);
  });

  test('tells of a claim that is under way', () => {
    expect(storyOf(chapter(), []).slice(1)).toEqual([claimed]);
  });

  test('tells an ordinary success off the row alone', () => {
    const row = chapter({}, { state: 'succeeded', result: '1', externalId: 'T-1', finishedAt: at(2) });
    expect(storyOf(row, []).slice(1)).toEqual([
      claimed,
      { at: at(2), event: 'succeeded', attempt: 1, actor: 'worker/1', detail: { externalId: 'T-1' } },
    ]);
  });

  test('tells an ordinary failure with its reason', () => {
    const error = { code: 'DECLINED', message: 'no such case' } as const;
    const row = chapter({}, { state: 'failed', error, finishedAt: at(2) });
    expect(storyOf(row, [])[2]).toMatchObject({ event: 'failed', detail: error });
  });

  test('has no detail where the remote named nothing', () => {
    const row = chapter({}, { state: 'succeeded', result: '1', finishedAt: at(2) });
    expect(storyOf(row, [])[2]?.detail).toBeNull();
  });

  test('puts the history between the submission and the last claim', () => {
    const history = [claimed, { ...claimed, at: at(2), event: 'not_performed' }];
    const row = chapter(
      { told: 1, claimedAt: at(3) },
      { token: 2, state: 'succeeded', result: '1', finishedAt: at(4) },
    );
    expect(events(row, history)).toEqual([
      'submitted 0',
      'claimed 1',
      'not_performed 1',
      'claimed 2',
      'succeeded 2',
    ]);
  });

  test('tells nothing twice that the history has told', () => {
    const history = [
      claimed,
      { ...claimed, at: at(2), event: 'in_doubt' },
      { ...claimed, at: at(3), event: 'settled_succeeded' },
    ];
    const row = chapter({ told: 1 }, { state: 'succeeded', result: '1', finishedAt: at(3) });
    expect(events(row, history)).toEqual(['submitted 0', 'claimed 1', 'in_doubt 1', 'settled_succeeded 1']);
  });

  test('is in the order of time, also where something was noted after the end', () => {
    const drifted = { at: at(9), event: 'drifted', attempt: 1, actor: 'api', detail: { fields: ['body'] } };
    const row = chapter({}, { state: 'succeeded', result: '1', finishedAt: at(2) });
    expect(events(row, [drifted])).toEqual(['submitted 0', 'claimed 1', 'succeeded 1', 'drifted 1']);
  });

  test('keeps the order of attempts within one millisecond', () => {
    const history = [claimed, { ...claimed, event: 'lease_expired' }];
    const row = chapter({ told: 1, claimedAt: at(1) }, { token: 2, claimant: 'worker/2' });
    expect(events(row, history)).toEqual(['submitted 0', 'claimed 1', 'lease_expired 1', 'claimed 2']);
  });
});
