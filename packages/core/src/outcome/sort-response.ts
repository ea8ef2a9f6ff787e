import { Ambiguous, Declined, NotPerformed } from '../errors.ts';

/** Longest wait that a Retry-After may ask for, in milliseconds: a day; a remote's typo must not park an intent for years. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/**
 * Sorts an HTTP answer by what it proves about the effect; `null` for a 2xx.
 *
 * - 425, 429, and 503 with Retry-After: not processed → `NotPerformed`.
 * - 408 (a time-out) and 409 (the draft's answer while the same key is in flight): may have happened → `Ambiguous`.
 * - every other 4xx: refused → `Declined`.
 * - all else, 5xx and unfollowed redirects: `Ambiguous`.
 *
 * Source: RFC 9110 sections 15.5–15.6, RFC 6585 section 4, and the IETF draft on the Idempotency-Key header field.
 */
export function sortResponse(
  response: Pick<Response, 'status' | 'headers' | 'url'>,
): NotPerformed | Declined | Ambiguous | null {
  const { status } = response;
  if (status >= 200 && status < 300) return null;
  const message = `the remote answered ${status}`;
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), response.headers.get('date'));
  if (status === 429 || status === 425 || (status === 503 && retryAfterMs !== undefined)) {
    return new NotPerformed(message, retryAfterMs === undefined ? { status } : { status, retryAfterMs });
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 409)
    return new Declined(message, { status });
  return new Ambiguous(message, { status });
}

/**
 * Reads a Retry-After header, seconds or an HTTP date, into milliseconds; `undefined` where there is none.
 *
 * A date is counted from the remote's own `Date`, so that the clocks of the two machines need not agree.
 */
export function parseRetryAfter(value: string | null, date: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS);
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined; // Date.parse takes "1.5" for a date
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const from = date === null ? Number.NaN : Date.parse(date);
  return Math.min(Math.max(until - (Number.isNaN(from) ? Date.now() : from), 0), MAX_RETRY_AFTER_MS);
}
