import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionOf, KEY_TTL_MS, KINDS, QUIET_MS } from '../../fixtures/actions.ts';
import { intentRecord } from '../../fixtures/intent-record.ts';
import type { EffectKind } from '../action/effect.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { FINAL_STATES, STATES } from '../states.ts';
import { type NextStep, nextStep } from './next-step.ts';

const DEADLINE_MS = 10_000;

function stepOf(kind: EffectKind, record: Partial<IntentRecord>): NextStep {
  return nextStep(actionOf(kind), intentRecord({ kind, ...record }));
}

/** What a step does, its wait or the ending that it writes, in short. */
function shortly(step: NextStep): string {
  switch (step.kind) {
    case 'wait':
      return `wait ${step.inMs} ${step.why}`;
    case 'decide':
      return `decide ${step.verdict}`;
    case 'expire-lease': {
      const due = step.ending.state === 'in_doubt' ? ` ${step.ending.dueInMs}` : '';
      return `expire-lease ${step.ending.state} ${step.ending.error.code}${due}`;
    }
    default:
      return step.kind;
  }
}
const does = (kind: EffectKind, record: Partial<IntentRecord>) => shortly(stepOf(kind, record));

const finished = { finishedAt: new Date(), leaseLeftMs: null } as const;
const dead = { state: 'claimed', leaseLeftMs: -1, claimedAgoMs: 4_000, sentAgoMs: 4_000 } as const;
const doubt = { state: 'in_doubt', leaseLeftMs: null, claimedAgoMs: 4_000, sentAgoMs: 4_000 } as const;

describe.each(KINDS)('an intent whose effect is %s', (kind) => {
  test.each(FINAL_STATES)('and that is %s is answered', (state) => {
    expect(does(kind, { ...finished, state })).toBe('answer');
  });

  test.each(STATES)('and that is a tombstone is answered, whatever its state says: %s', (state) => {
    expect(does(kind, { state, purged: true, dueInMs: -1, leaseLeftMs: -1 })).toBe('answer');
  });

  test('and that waits for approval is waited for, until its time is over', () => {
    const waiting = { state: 'awaiting_approval', leaseLeftMs: null } as const;
    expect(does(kind, { ...waiting, dueInMs: 700 })).toBe('wait 700 approval');
    expect(does(kind, { ...waiting, dueInMs: 0 })).toBe('decide expire');
    expect(does(kind, { ...waiting, dueInMs: -5 })).toBe('decide expire');
  });

  test('and that shares an entity acts in its turn', () => {
    const pending = { state: 'pending', leaseLeftMs: null } as const;
    expect(does(kind, { ...pending, turn: 'next' })).toBe('claim');
    expect(does(kind, { ...pending, turn: 'next', dueInMs: 700 })).toBe('wait 700 retry');
    expect(does(kind, { ...pending, turn: 'waits' })).toMatch(/^wait \d+ turn$/);
    expect(does(kind, { ...pending, turn: 'waits', dueInMs: -5 })).toMatch(/^wait \d+ turn$/);
    expect(does(kind, { ...pending, turn: 'stale', dueInMs: 700 })).toBe('decide stale');
  });

  test('and that is pending is claimed once it is due', () => {
    const pending = { state: 'pending', leaseLeftMs: null } as const;
    expect(does(kind, pending)).toBe('claim');
    expect(does(kind, { ...pending, dueInMs: 0 })).toBe('claim');
    expect(does(kind, { ...pending, dueInMs: -5 })).toBe('claim');
    expect(does(kind, { ...pending, dueInMs: 0.5 })).toBe('wait 0.5 retry');
    expect(does(kind, { ...pending, dueInMs: 700 })).toBe('wait 700 retry');
  });

  test('and that another holds is waited for, until the lease is over', () => {
    expect(does(kind, { state: 'claimed', leaseLeftMs: 700 })).toBe('wait 700 claimed elsewhere');
    expect(does(kind, { state: 'claimed', leaseLeftMs: 0.1 })).toBe('wait 0.1 claimed elsewhere');
    expect(does(kind, { state: 'claimed', leaseLeftMs: 0 })).not.toMatch(/^wait/);
  });

  test('and that is held in doubt is answered', () => {
    expect(does(kind, { ...doubt, dueInMs: null })).toBe('answer');
    expect(does(kind, { ...doubt, dueInMs: null, asked: 3 })).toBe('answer');
  });

  test('and that is about to settle is waited for, but no more once the remote was asked in vain', () => {
    expect(does(kind, { ...doubt, dueInMs: 700 })).toBe('wait 700 settling');
    expect(does(kind, { ...doubt, dueInMs: 700, asked: 1 })).toBe('answer');
  });
});

describe('an intent whose holder fell silent', () => {
  test.each([
    ['transactional', { tries: 1 }, 'take-over'],
    ['transactional', { tries: 2 }, 'take-over'],
    ['transactional', { tries: 3 }, 'expire-lease failed EXHAUSTED'],
    ['idempotent', { tries: 1 }, 'take-over'],
    ['idempotent', { tries: 2 }, 'take-over'],
    ['idempotent', { tries: 3 }, 'expire-lease in_doubt LEASE_EXPIRED null'],
    ['idempotent', { sentAgoMs: KEY_TTL_MS - DEADLINE_MS - 1 }, 'take-over'],
    ['idempotent', { sentAgoMs: KEY_TTL_MS - DEADLINE_MS }, 'expire-lease in_doubt LEASE_EXPIRED null'],
    ['reconcilable', { claimedAgoMs: 4_000 }, `expire-lease in_doubt LEASE_EXPIRED ${6_000 + QUIET_MS}`],
    ['reconcilable', { claimedAgoMs: 60_000 }, `expire-lease in_doubt LEASE_EXPIRED ${QUIET_MS}`],
    ['reconcilable', { tries: 3, claimedAgoMs: 60_000 }, `expire-lease in_doubt LEASE_EXPIRED ${QUIET_MS}`],
    ['atMostOnce', { tries: 1 }, 'expire-lease in_doubt LEASE_EXPIRED null'],
    ['atMostOnce', { tries: 3 }, 'expire-lease in_doubt LEASE_EXPIRED null'],
  ] as const)('is %s with %o: %s', (kind, record, step) => {
    expect(does(kind, { ...dead, ...record })).toBe(step);
  });

  test('under an action that was of another kind then is held in doubt', () => {
    for (const then of KINDS) {
      for (const now of KINDS.filter((kind) => kind !== then)) {
        const step = stepOf(now, { ...dead, kind: then });
        expect(shortly(step)).toBe('expire-lease in_doubt LEASE_EXPIRED null');
        expect(step).toMatchObject({
          ending: { error: { message: expect.stringContaining(`was ${then} when`) } },
        });
      }
    }
  });

  test('is told apart by the reason', () => {
    const reason = (record: Partial<IntentRecord>) => stepOf('idempotent', { ...dead, ...record });
    expect(reason({ tries: 3 })).toMatchObject({
      ending: { error: { message: expect.stringMatching(/3 attempts/) } },
    });
    expect(reason({ sentAgoMs: KEY_TTL_MS })).toMatchObject({
      ending: { error: { message: expect.stringMatching(/key window is over/) } },
    });
  });
});

describe('a doubt that is due', () => {
  const due = { ...doubt, dueInMs: 0 };

  test.each([
    ['transactional', {}, 'answer'],
    ['idempotent', {}, 'take-over'],
    ['idempotent', { asked: 2, dueInMs: -9 }, 'take-over'],
    ['idempotent', { sentAgoMs: KEY_TTL_MS - DEADLINE_MS }, 'answer'],
    ['reconcilable', {}, 'reconcile'],
    ['reconcilable', { asked: 9, dueInMs: -9 }, 'reconcile'],
    ['atMostOnce', {}, 'answer'],
  ] as const)('about an effect that is %s, with %o: %s', (kind, record, step) => {
    expect(does(kind, { ...due, ...record })).toBe(step);
  });

  test('under an action that was of another kind then waits for a person', () => {
    for (const then of KINDS) {
      for (const now of KINDS.filter((kind) => kind !== then)) {
        expect(does(now, { ...due, kind: then })).toBe('answer');
      }
    }
  });
});

test('nothing but an idempotent or a transactional effect is ever taken over', () => {
  const facts = fc.record({
    state: fc.constantFrom(...STATES),
    kind: fc.constantFrom(...KINDS),
    tries: fc.integer({ min: 1, max: 4 }),
    asked: fc.integer({ min: 0, max: 2 }),
    claimedAgoMs: fc.constantFrom(0, 4_000, KEY_TTL_MS),
    sentAgoMs: fc.constantFrom(0, 4_000, KEY_TTL_MS),
    dueInMs: fc.constantFrom(null, -1, 0, 5),
    leaseLeftMs: fc.constantFrom(null, -1, 0, 5),
  });
  const sentOnce = fc.constantFrom('reconcilable', 'atMostOnce');
  fc.assert(
    fc.property(sentOnce, facts, (now, record) => does(now, record) !== 'take-over'),
    { numRuns: 500 },
  );
});
