import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnyAction } from '../../action/action.ts';
import { defineAction } from '../../action/define-action.ts';
import { atMostOnce } from '../../action/effect.ts';
import { submissionOf } from '../../intent/submission-of.ts';
import { looksFresh, looksLikeNow, looksMade } from './key-signs.ts';
import type { KeyWarning } from './key-warning.ts';
import { KeyWatch } from './key-watch.ts';

const NOW = Date.UTC(2026, 2, 1, 10);
const effect = atMostOnce({ perform: async () => ({ result: null }) });
const input = z.object({ caseId: z.string(), ref: z.string(), n: z.int(), text: z.string() });
const base = { name: 'ticket.create', input, effect, free: ['text'] } as const;
const byRef = defineAction({ ...base, key: ['caseId', 'ref'] });

function watched() {
  const warnings: KeyWarning[] = [];
  let now = NOW;
  const watch = new KeyWatch(
    (warning) => warnings.push(warning),
    () => now,
  );
  const see = (action: AnyAction, given: object, redelivered = false): void => {
    const all = { caseId: 'C-1', ref: 'R-1', n: 1, text: 'Hello', ...given };
    watch.created(action, submissionOf(action, all, { submittedBy: 'test' }), redelivered);
  };
  const pass = (ms: number): void => {
    now += ms;
  };
  return { warnings, see, pass };
}

describe('a key part', () => {
  test('looks like now as Unix time or as an ISO date with a time, and only then', () => {
    for (const value of [
      NOW,
      NOW / 1_000,
      String(NOW),
      String(NOW / 1_000 + 300),
      '2026-03-01T10:04:59.123Z',
    ])
      expect(looksLikeNow(value, NOW), String(value)).toBe(true);
    for (const value of [
      NOW - 3_600_000,
      1_042,
      '2026-03-01',
      '2026-03-01T12:00:00Z',
      'CASE-1042',
      true,
      undefined,
    ])
      expect(looksLikeNow(value, NOW), String(value)).toBe(false);
  });

  test('looks fresh as a UUID 1, 6, 7 or a ULID of just now, and only then', () => {
    // the examples of RFC 9562, appendix A: 22 February 2022, 19:22:22 UTC; and the ULID of that moment
    const then = Date.UTC(2022, 1, 22, 19, 22, 22);
    const ids = [
      'C232AB00-9414-11EC-B3C8-9F6BDECED846',
      '1EC9414C-232A-6B00-B3C8-9F6BDECED846',
      '017F22E2-79B0-7CC3-98C4-DC0C0C07398F',
      '01FWHE4YDGFK1SHH6W1G60EECF',
    ];
    for (const id of ids) {
      expect(looksFresh(id, then), id).toBe(true);
      expect(looksFresh(id, then + 3_600_000), id).toBe(false);
    }
    expect(looksFresh('919108f7-52d1-4320-9bac-f847db4148a8', then)).toBe(false); // version 4 carries no time
    expect(looksMade('919108f7-52d1-4320-9bac-f847db4148a8')).toBe(true);
    expect(looksMade('CASE-1042')).toBe(false);
  });
});

describe('the watch', () => {
  test('warns of a redelivered job with a new key at once, then is quiet for ten minutes and counts', () => {
    const { warnings, see, pass } = watched();
    see(byRef, {}, false);
    expect(warnings).toEqual([]);
    for (let n = 0; n < 5; n += 1) see(byRef, {}, true);
    expect(warnings).toMatchObject([{ rule: 'unseen-on-redelivery', action: 'ticket.create', signs: 1 }]);
    pass(600_001);
    see(byRef, {}, true);
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toMatchObject({ signs: 5 });
  });

  test('warns of a field that holds the present again and again, not of one such order', () => {
    const { warnings, see } = watched();
    see(byRef, { ref: new Date(NOW).toISOString() });
    see(byRef, { ref: new Date(NOW + 1).toISOString() });
    expect(warnings).toEqual([]);
    see(byRef, { ref: new Date(NOW + 2).toISOString() });
    expect(warnings).toMatchObject([{ rule: 'looks-like-now', path: 'ref', signs: 3 }]);
  });

  test('warns of a burst of intents that differ in a made-up key field only', () => {
    const { warnings, see } = watched();
    for (let n = 0; n < 9; n += 1) see(byRef, { ref: randomUUID(), text: `wording ${n}` });
    expect(warnings).toEqual([]);
    see(byRef, { ref: randomUUID() });
    expect(warnings).toMatchObject([{ rule: 'near-equal-burst', action: 'ticket.create' }]);
  });

  test('takes no campaign, no order by UUID and no slow trickle for a burst', () => {
    const { warnings, see, pass } = watched();
    const byOrder = defineAction({ ...base, key: ['ref'] });
    for (let n = 0; n < 40; n += 1) {
      see(byRef, { caseId: `C-${n}` });
      see(byOrder, { ref: randomUUID() });
      pass(5_000);
    }
    for (let n = 0; n < 40; n += 1) {
      see(byRef, { ref: randomUUID() });
      pass(7_000);
    }
    expect(warnings).toEqual([]);
  });

  test('counts by entity where the action names one', () => {
    const { warnings, see } = watched();
    const entity = { key: ['caseId'], rule: 'serial' } as const;
    const onCase = defineAction({ ...base, key: ['ref'], entity });
    for (let n = 0; n < 30; n += 1) see(onCase, { caseId: `C-${n}`, ref: randomUUID() });
    expect(warnings).toEqual([]);
    for (let n = 0; n < 10; n += 1) see(onCase, { caseId: 'C-7', ref: randomUUID() });
    expect(warnings).toMatchObject([{ rule: 'near-equal-burst' }]);
  });

  test('is silent about what the action allows', () => {
    const { warnings, see } = watched();
    const allow = [{ rule: 'looks-like-now', path: 'ref', why: 'the slot that the customer chose' }] as const;
    const allowed = defineAction({ ...base, key: ['caseId', 'ref'], lint: { allow } });
    for (let n = 0; n < 9; n += 1) see(allowed, { ref: String(NOW), n });
    expect(warnings).toEqual([]);
  });

  test('looks at fifty intents a second at most, whatever the load', () => {
    let looks = 0;
    const counting = {
      ...byRef,
      get key() {
        looks += 1;
        return ['caseId', 'ref'];
      },
    } as AnyAction;
    const watch = new KeyWatch(
      () => undefined,
      () => NOW,
    );
    const submission = submissionOf(
      byRef,
      { caseId: 'C-1', ref: 'R-1', n: 1, text: '' },
      { submittedBy: 'test' },
    );
    watch.created(counting, submission);
    const each = looks;
    for (let n = 0; n < 10_000; n += 1) watch.created(counting, submission);
    expect(looks).toBe(50 * each);
  });
});
