import type { Answer } from '@latchkey/core';
import { describe, expect, test } from 'vitest';
import { audit, type Evidence, type MadeEffect, type StandingIntent } from './audit.ts';

const answerWith = (status: Answer['status'], effectId?: string): Answer => ({
  intentId: '',
  key: '',
  action: '',
  status,
  replayed: true,
  attempt: 1,
  completedAt: '2026-01-01T00:00:00.000Z',
  ...(effectId === undefined ? {} : { result: { effectId } }),
});

const intent = (n: number, state: Answer['status'], more: Partial<StandingIntent> = {}): StandingIntent => ({
  id: `id-${n}`,
  business: `case ${n}`,
  state,
  answer: answerWith(state, state === 'succeeded' ? `E-${n}` : undefined),
  replayed: false,
  ...more,
});

const effect = (n: number, more: Partial<MadeEffect> = {}): MadeEffect => ({
  business: `case ${n}`,
  effectId: `E-${n}`,
  ...more,
});

const turn = (place: number) => ({ turn: { account: 'A', place } });

/** Three done, one held in doubt, one in doubt and done, one refused, one declined; all as it should be. */
const sound: Evidence = {
  wanted: [1, 2, 3, 4, 5, 6, 7].map((n) => ({ business: `case ${n}`, accepted: true })),
  effects: [effect(1, turn(1)), effect(2, turn(2)), effect(3), effect(5)],
  intents: [
    intent(1, 'succeeded'),
    intent(2, 'succeeded'),
    intent(3, 'succeeded'),
    intent(4, 'in_doubt'),
    intent(5, 'in_doubt'),
    intent(6, 'rejected'),
    intent(7, 'failed'),
  ],
  seen: [
    { intentId: 'id-1', answer: { ...answerWith('succeeded', 'E-1'), replayed: false, drift: ['body'] } },
    { intentId: 'id-4', answer: answerWith('in_doubt') },
  ],
  incidents: [],
};

const without = (n: number) => sound.intents.filter(({ id }) => id !== `id-${n}`);
const whats = (change: Partial<Evidence>) =>
  audit({ ...sound, ...change }).violations.map(({ what }) => what);

test('finds nothing where all is well, and adds up', () => {
  const { violations, totals } = audit(sound);
  expect(violations).toEqual([]);
  expect(totals).toEqual({
    accepted: 7,
    refused: 2,
    wanted: 5,
    done: 4,
    inDoubt: 2,
    held: 1,
    duplicates: 0,
    lost: 0,
  });
});

test('lets an unconfirmed submission have its effect, or not, and a failed intent be replayed', () => {
  const wanted = [...sound.wanted, { business: 'case 8', accepted: false }];
  expect(whats({ wanted })).toEqual([]);
  const seen = [{ intentId: 'id-1', answer: answerWith('failed') }];
  const intents = [...without(1), intent(1, 'succeeded', { replayed: true })];
  const effects = [...sound.effects, effect(8)];
  expect(whats({ wanted, seen, effects, intents: [...intents, intent(8, 'succeeded')] })).toEqual([]);
});

describe('the audit finds', () => {
  test.each<[string, Partial<Evidence>, RegExp]>([
    ['a second effect', { effects: [...sound.effects, effect(3)] }, /2 effects for case 3/],
    ['a second effect of one in doubt', { effects: [...sound.effects, effect(5)] }, /2 effects for case 5/],
    [
      'an effect of a rejected intent',
      { effects: [...sound.effects, effect(6)] },
      /rejected, and had its effect/,
    ],
    [
      'an effect of a failed intent',
      { effects: [...sound.effects, effect(7)] },
      /failed, and had its effect/,
    ],
    [
      'a success without an effect',
      { effects: sound.effects.filter((_, n) => n !== 2) },
      /without an effect: case 3/,
    ],
    [
      'an effect that nobody asked for',
      { effects: [...sound.effects, effect(9)] },
      /no producer asked for: case 9/,
    ],
    [
      'an effect that the ledger knows nothing of',
      {
        wanted: [...sound.wanted, { business: 'case 8', accepted: false }],
        effects: [...sound.effects, effect(8)],
      },
      /an effect without an intent: case 8/,
    ],
    ['a lost intent', { intents: without(6) }, /accepted, and not in the ledger: case 6/],
    ['an intent that was not finished', { intents: [...without(4), intent(4, 'pending')] }, /still pending/],
    [
      'one business decision as two intents',
      { intents: [...sound.intents, intent(6, 'rejected', { id: 'id-60' })] },
      /2 intents for case 6/,
    ],
    [
      'an answer with the result of something else',
      { intents: [...without(3), intent(3, 'succeeded', { answer: answerWith('succeeded', 'E-1') })] },
      /answers E-1, the remote has E-3/,
    ],
    [
      'an answer that changed',
      { seen: [{ intentId: 'id-1', answer: answerWith('failed') }] },
      /an answer changed: case 1/,
    ],
    [
      'a stored answer whose attempt changed',
      { seen: [{ intentId: 'id-3', answer: { ...answerWith('succeeded', 'E-3'), attempt: 2 } }] },
      /an answer changed: case 3/,
    ],
    [
      'an answer to an intent that is gone',
      { seen: [{ intentId: 'id-9', answer: answerWith('succeeded') }] },
      /answered, and not in the ledger/,
    ],
    ['effects out of turn', { effects: [...sound.effects].reverse() }, /out of turn: place 1 of A after 2/],
    ['what others saw', { incidents: ['w1.1 ended by itself'] }, /w1.1 ended by itself/],
  ])('%s', (_name, change, what) => {
    expect(whats(change)).toEqual([expect.stringMatching(what)]);
  });
});
