import { describe, expect, test } from 'vitest';
import { Ambiguous, Declined, NotPerformed } from '../errors.ts';
import { parseRetryAfter, sortResponse } from './sort-response.ts';

const DAY_MS = 86_400_000;
const answer = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers: new Headers(headers),
  url: 'http://desk.test/tickets',
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('an answer', () => {
  const notProcessed = [425, 429];
  const unclear = [408, 409];

  test('of the 200s means that it happened', () => {
    expect(range(200, 300).filter((status) => sortResponse(answer(status)) !== null)).toEqual([]);
  });

  test('of the 400s is a refusal, but for those that say something else', () => {
    const refused = range(400, 500).filter((status) => sortResponse(answer(status)) instanceof Declined);
    expect(refused).toEqual(range(400, 500).filter((n) => ![...notProcessed, ...unclear].includes(n)));
  });

  test.each(notProcessed)('%d proves that nothing was processed', (status) => {
    expect(sortResponse(answer(status))).toBeInstanceOf(NotPerformed);
    expect(sortResponse(answer(status))).toMatchObject({ retryAfterMs: undefined });
    expect(sortResponse(answer(status, { 'retry-after': '3' }))).toMatchObject({ retryAfterMs: 3_000 });
  });

  test.each([...unclear, 0, 100, 103, ...range(300, 309), 500, 501, 502, 504, 507, 520, 599])(
    '%d proves nothing, whatever Retry-After says',
    (status) => {
      expect(sortResponse(answer(status))).toBeInstanceOf(Ambiguous);
      expect(sortResponse(answer(status, { 'retry-after': '1' }))).toBeInstanceOf(Ambiguous);
    },
  );

  test('503 proves that nothing happened only with a Retry-After that can be read', () => {
    expect(sortResponse(answer(503))).toBeInstanceOf(Ambiguous);
    expect(sortResponse(answer(503, { 'retry-after': 'soon' }))).toBeInstanceOf(Ambiguous);
    expect(sortResponse(answer(503, { 'retry-after': '1.5' }))).toBeInstanceOf(Ambiguous);
    const refusal = sortResponse(answer(503, { 'retry-after': '120' }));
    expect(refusal).toBeInstanceOf(NotPerformed);
    expect(refusal).toMatchObject({ retryAfterMs: 120_000, message: 'the remote answered 503' });
  });

  test('is named by its status and shows no URL', () => {
    expect(sortResponse(answer(422))?.message).toBe('the remote answered 422');
  });
});

describe('Retry-After', () => {
  const date = 'Wed, 04 Mar 2026 10:00:00 GMT';

  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['99999999999999999999', DAY_MS],
    ['Wed, 04 Mar 2026 10:00:30 GMT', 30_000],
    ['Wednesday, 04-Mar-26 10:00:30 GMT', 30_000],
    ['Wed, 04 Mar 2026 09:00:00 GMT', 0],
    ['Thu, 04 Mar 2027 10:00:00 GMT', DAY_MS],
  ])('%o asks to wait %d ms', (value, ms) => {
    expect(parseRetryAfter(value, date)).toBe(ms);
  });

  test.each(['', 'soon', '-5', '1.5', '5 seconds', '0x10', 'Wed, 99 Foo 2026'])(
    '%o asks for nothing',
    (value) => {
      expect(parseRetryAfter(value, date)).toBeUndefined();
    },
  );

  test('asks for nothing where there is none', () => {
    expect(parseRetryAfter(null, date)).toBeUndefined();
  });

  test("counts a date from the remote's own clock, and from ours only where it tells none", () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const anHourAhead = new Date(Date.now() + 3_600_000).toUTCString();
    expect(parseRetryAfter(inAMinute, anHourAhead)).toBe(0);
    for (const none of [null, 'garbage']) {
      expect(parseRetryAfter(inAMinute, none)).toBeGreaterThan(50_000);
      expect(parseRetryAfter(inAMinute, none)).toBeLessThanOrEqual(60_000);
    }
  });
});
