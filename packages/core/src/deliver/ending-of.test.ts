import { describe, expect, test } from 'vitest';
import { actionOf, KEY_TTL_MS, KINDS, QUIET_MS } from '../../fixtures/actions.ts';
import { intentRecord } from '../../fixtures/intent-record.ts';
import type { AnyAction } from '../action/action.ts';
import type { EffectKind } from '../action/effect.ts';
import { Ambiguous, DeadlineExceeded, Declined, NotPerformed, SecondEffect } from '../errors.ts';
import type { Ending } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { backoffMs, endingOf, succeeded, withinKeyWindow } from './ending-of.ts';

const outcomes = {
  performed: { kind: 'performed', performed: { result: { id: 1 }, externalId: 'T-1' } },
  'not-performed': { kind: 'not-performed', error: new NotPerformed('refused') },
  declined: { kind: 'declined', error: new Declined('no such case') },
  ambiguous: { kind: 'ambiguous', error: new TypeError('reset') },
} satisfies Record<Outcome['kind'], Outcome>;

/** How an attempt came about: the action of the fixtures allows three. */
const attempts = {
  first: { token: 1, tries: 1, claimedAgoMs: 20, sentAgoMs: 20 },
  second: { token: 2, tries: 2, claimedAgoMs: 20, sentAgoMs: 20 },
  last: { token: 3, tries: 3, claimedAgoMs: 20, sentAgoMs: 20 },
  'second after a doubt': { token: 2, tries: 2, claimedAgoMs: 20, sentAgoMs: 5_000 },
  'last after a doubt': { token: 3, tries: 3, claimedAgoMs: 20, sentAgoMs: 5_000 },
} satisfies Record<string, Partial<IntentRecord>>;

type Attempt = keyof typeof attempts;

/** State, code and milliseconds until due, in short. */
function shortly(ending: Ending): string {
  switch (ending.state) {
    case 'succeeded':
      return 'succeeded';
    case 'failed':
      return `failed ${ending.error.code}`;
    case 'pending':
    case 'in_doubt':
      return `${ending.state} ${ending.error.code} ${ending.dueInMs}`;
  }
}

function ends(kind: EffectKind, which: Attempt, outcome: Outcome['kind']): string {
  return shortly(endingOf(actionOf(kind), intentRecord({ kind, ...attempts[which] }), outcomes[outcome]));
}

describe.each(KINDS)('an effect that is %s', (kind) => {
  test.each(Object.keys(attempts) as Attempt[])('has succeeded once it happened: %s attempt', (which) => {
    expect(ends(kind, which, 'performed')).toBe('succeeded');
  });

  test('is tried again where it surely did not happen, later each time', () => {
    expect(ends(kind, 'first', 'not-performed')).toBe('pending NOT_PERFORMED 100');
    expect(ends(kind, 'second', 'not-performed')).toBe('pending NOT_PERFORMED 200');
  });

  test('has failed where it surely did not happen and its retries are used up', () => {
    expect(ends(kind, 'last', 'not-performed')).toBe('failed EXHAUSTED');
  });

  test('has failed where the remote declines', () => {
    expect(ends(kind, 'first', 'declined')).toBe('failed DECLINED');
    expect(ends(kind, 'last', 'declined')).toBe('failed DECLINED');
  });
});

describe('what nobody knows', () => {
  test.each([
    ['transactional', 'first', 'pending NOT_PERFORMED 100'],
    ['transactional', 'second', 'pending NOT_PERFORMED 200'],
    ['transactional', 'last', 'failed EXHAUSTED'],
    ['idempotent', 'first', 'in_doubt AMBIGUOUS 100'],
    ['idempotent', 'second after a doubt', 'in_doubt AMBIGUOUS 200'],
    ['idempotent', 'last', 'in_doubt AMBIGUOUS null'],
    ['idempotent', 'last after a doubt', 'in_doubt AMBIGUOUS null'],
    ['reconcilable', 'first', `in_doubt AMBIGUOUS ${QUIET_MS}`],
    ['reconcilable', 'last', `in_doubt AMBIGUOUS ${QUIET_MS}`],
    ['atMostOnce', 'first', 'in_doubt AMBIGUOUS null'],
    ['atMostOnce', 'last', 'in_doubt AMBIGUOUS null'],
  ] as const)('about an effect that is %s, in the %s attempt, ends %s', (kind, which, ending) => {
    expect(ends(kind, which, 'ambiguous')).toBe(ending);
  });

  test('is asked about only after the whole time of its sender, where "absent" performs again', () => {
    const action = actionOf('reconcilable');
    const performing = { ...action, effect: { ...action.effect, whenAbsent: 'perform' } } as AnyAction;
    const due = (which: Attempt, outcome: Outcome['kind']) =>
      shortly(
        endingOf(performing, intentRecord({ kind: 'reconcilable', ...attempts[which] }), outcomes[outcome]),
      );
    const waitMs = action.deadlineMs + QUIET_MS;
    expect(due('first', 'ambiguous')).toBe(`in_doubt AMBIGUOUS ${waitMs}`);
    expect(due('second after a doubt', 'not-performed')).toBe(`in_doubt NOT_PERFORMED ${waitMs}`);
  });

  test('keeps the code of what was thrown', () => {
    const codes = [new DeadlineExceeded(5), new SecondEffect('POST', 'x'), new Ambiguous('x')].map((error) =>
      shortly(
        endingOf(actionOf('atMostOnce'), intentRecord({ kind: 'atMostOnce' }), { kind: 'ambiguous', error }),
      ),
    );
    expect(codes).toEqual([
      'in_doubt DEADLINE_EXCEEDED null',
      'in_doubt SECOND_EFFECT null',
      'in_doubt AMBIGUOUS null',
    ]);
  });
});

describe('after an earlier attempt that may have had the effect', () => {
  const doubtful: Attempt[] = ['second after a doubt', 'last after a doubt'];

  test.each(['idempotent', 'reconcilable', 'atMostOnce'] as const)(
    'an effect that is %s never ends failed or pending, whatever this attempt proves of itself',
    (kind) => {
      for (const which of doubtful) {
        for (const outcome of ['not-performed', 'declined', 'ambiguous'] as const) {
          expect(ends(kind, which, outcome)).toMatch(/^in_doubt /);
        }
      }
    },
  );

  test('is sent again, under the same key, where the remote honours keys and was not reached now', () => {
    expect(ends('idempotent', 'second after a doubt', 'not-performed')).toBe('in_doubt NOT_PERFORMED 200');
  });

  test('is held for a person where the remote declines now, or the retries are used up', () => {
    expect(ends('idempotent', 'second after a doubt', 'declined')).toBe('in_doubt DECLINED null');
    expect(ends('idempotent', 'last after a doubt', 'not-performed')).toBe('in_doubt EXHAUSTED null');
  });

  test('is nothing to a transactional effect, whose earlier attempt was rolled back', () => {
    expect(ends('transactional', 'second after a doubt', 'not-performed')).toBe('pending NOT_PERFORMED 200');
    expect(ends('transactional', 'second after a doubt', 'ambiguous')).toBe('pending NOT_PERFORMED 200');
    expect(ends('transactional', 'second after a doubt', 'declined')).toBe('failed DECLINED');
    expect(ends('transactional', 'last after a doubt', 'ambiguous')).toBe('failed EXHAUSTED');
  });
});

describe("the remote's key window", () => {
  const action = actionOf('idempotent');
  const lastChance = KEY_TTL_MS - action.deadlineMs;

  test('must outlast the deadline of the next attempt', () => {
    const within = (sentAgoMs: number | null, inMs: number) =>
      withinKeyWindow(action, intentRecord({ sentAgoMs }), inMs);
    expect(within(lastChance - 1, 0)).toBe(true);
    expect(within(lastChance, 0)).toBe(false);
    expect(within(lastChance - 200, 199)).toBe(true);
    expect(within(lastChance - 200, 200)).toBe(false);
    expect(within(null, 0)).toBe(true);
  });

  test.each(['transactional', 'reconcilable', 'atMostOnce'] as const)(
    'is none where the effect is %s',
    (kind) => {
      expect(withinKeyWindow(actionOf(kind), intentRecord(), 0)).toBe(false);
    },
  );

  test('that would be over by the next attempt leaves a doubt for a person', () => {
    const late = (sentAgoMs: number) =>
      shortly(endingOf(action, intentRecord({ tries: 2, sentAgoMs, claimedAgoMs: 20 }), outcomes.ambiguous));
    expect(late(lastChance - 201)).toBe('in_doubt AMBIGUOUS 200');
    expect(late(lastChance - 200)).toBe('in_doubt AMBIGUOUS null');
  });
});

describe('the wait before the next attempt', () => {
  const action = actionOf('atMostOnce');

  test('doubles up to its limit', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 1_000].map((tries) => backoffMs(action, tries))).toEqual([
      100, 100, 200, 400, 800, 1_000, 1_000, 1_000,
    ]);
  });

  test("is the remote's own wish where that is longer", () => {
    expect(backoffMs(action, 1, 50)).toBe(100);
    expect(backoffMs(action, 1, 60_000)).toBe(60_000);
    expect(backoffMs(action, 9, 60_000)).toBe(60_000);
  });

  test.each([
    [Number.NaN, 100],
    [-1, 100],
    [Number.NEGATIVE_INFINITY, 100],
    [Number.POSITIVE_INFINITY, 2_147_483_647],
    [1e300, 2_147_483_647],
  ])('is a time that a database can add, also for a wish of %d ms', (wish, ms) => {
    expect(backoffMs(action, 1, wish)).toBe(ms);
  });

  test('follows the wish that an effect threw', () => {
    const error = new NotPerformed('busy', { retryAfterMs: 7_000 });
    const ending = endingOf(action, intentRecord({ kind: 'atMostOnce' }), { kind: 'not-performed', error });
    expect(shortly(ending)).toBe('pending NOT_PERFORMED 7000');
  });
});

describe('an effect that happened', () => {
  test('is kept with its result and what the remote called it', () => {
    expect(succeeded({ result: { a: 1 }, externalId: 'T-1', externalUrl: 'http://desk.test/T-1' })).toEqual({
      state: 'succeeded',
      result: '{"a":1}',
      externalId: 'T-1',
      externalUrl: 'http://desk.test/T-1',
    });
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a text', 'done'],
    ['nulls', { result: undefined, externalId: null, externalUrl: undefined }],
  ])('is a success also where it returned %s', (_, returned) => {
    const none = { state: 'succeeded', result: 'null', externalId: null, externalUrl: null };
    expect(succeeded(returned as never)).toEqual(none);
  });

  test('is a success whatever its ids look like', () => {
    const odd = (externalId: unknown) => succeeded({ result: 1, externalId } as never).externalId;
    expect(odd(42)).toBe('42');
    expect(odd('a\u0000\ud800')).toBe('a\ufffd\ufffd');
    expect(odd('x'.repeat(3_000))).toHaveLength(2_000);
    expect(odd(Object.create(null))).toBe('something without a message was thrown');
  });
});

test('the error of an exhausted intent says how often it was tried, and the last reason', () => {
  const ending = endingOf(actionOf('atMostOnce'), intentRecord(attempts.last), outcomes['not-performed']);
  expect(ending).toMatchObject({ error: { message: 'after 3 attempts: refused' } });
});
