import type { AnyAction } from '../action/action.ts';
import type { StoredError } from '../errors.ts';
import type { Ending, StepFacts } from '../ledger/ledger.ts';

import { isFinal } from '../states.ts';
import { withinKeyWindow } from './ending-of.ts';

/** Why a delivery comes back later; `approval` and `turn` end by somebody else's doing, which calls it back. */
export type WaitReason = 'claimed elsewhere' | 'retry' | 'settling' | 'approval' | 'turn';

/** Longest wait for a turn until it is looked at anyway, in milliseconds; who leaves the turn calls the next before. */
export const TURN_LOOK_MS = 30_000;

/** What a delivery does about a record that it could not claim. */
export type NextStep =
  | { readonly kind: 'answer' }
  | { readonly kind: 'wait'; readonly inMs: number; readonly why: WaitReason }
  | { readonly kind: 'decide'; readonly verdict: 'expire' | 'stale'; readonly reason: string }
  | { readonly kind: 'claim' }
  | { readonly kind: 'take-over' }
  | { readonly kind: 'expire-lease'; readonly ending: Ending & { state: 'in_doubt' | 'failed' } }
  | { readonly kind: 'reconcile' };

/** Decides from the record and the action alone; pure, so that all of it can be tested without a database. */
export function nextStep(action: AnyAction, record: StepFacts): NextStep {
  if (record.purged || isFinal(record.state)) return { kind: 'answer' };
  switch (record.state) {
    case 'awaiting_approval':
      return (record.dueInMs ?? 0) > 0
        ? { kind: 'wait', inMs: record.dueInMs ?? 0, why: 'approval' }
        : { kind: 'decide', verdict: 'expire', reason: 'nobody decided in time' };
    case 'claimed':
      return (record.leaseLeftMs ?? 0) > 0
        ? { kind: 'wait', inMs: record.leaseLeftMs ?? 0, why: 'claimed elsewhere' }
        : afterDeadLease(action, record);
    case 'in_doubt':
      return inDoubt(action, record);
    default:
      return pending(record);
  }
}

function pending(record: StepFacts): NextStep {
  if (record.turn === 'waits') return { kind: 'wait', inMs: TURN_LOOK_MS, why: 'turn' };
  if (record.turn === 'stale') {
    return { kind: 'decide', verdict: 'stale', reason: 'a newer version was applied before' };
  }
  const inMs = record.dueInMs ?? 0;
  return inMs > 0 ? { kind: 'wait', inMs, why: 'retry' } : { kind: 'claim' };
}

/** The holder fell silent: dead, or paused and still able to send. By the kind under which it was claimed. */
function afterDeadLease(action: AnyAction, record: StepFacts): NextStep {
  const { effect } = action;
  const spent = record.tries >= action.retry.attempts;
  if (record.kind !== effect.kind)
    return expire(silent(`the action was ${record.kind} when it was claimed`), null);
  switch (effect.kind) {
    case 'transactional': {
      const error: StoredError = {
        code: 'EXHAUSTED',
        message: `${record.tries} attempts ended without a word`,
      };
      return spent ? { kind: 'expire-lease', ending: { state: 'failed', error } } : { kind: 'take-over' };
    }
    case 'idempotent':
      return !spent && withinKeyWindow(action, record, 0)
        ? { kind: 'take-over' }
        : expire(silent(spent ? `${record.tries} attempts` : "the remote's key window is over"), null);
    case 'reconcilable':
      return expire(silent(), quietLeftMs(record, action.deadlineMs, effect.quietMs));
    case 'atMostOnce':
      return expire(silent(), null);
  }
}

function inDoubt(action: AnyAction, record: StepFacts): NextStep {
  if (record.dueInMs === null) return { kind: 'answer' };
  if (record.kind !== action.effect.kind) return { kind: 'answer' };
  if (record.dueInMs > 0) {
    // the first settling is worth waiting for; after a fruitless question the doubt is held, and said
    return record.asked > 0 ? { kind: 'answer' } : { kind: 'wait', inMs: record.dueInMs, why: 'settling' };
  }
  switch (action.effect.kind) {
    case 'idempotent':
      return withinKeyWindow(action, record, 0) ? { kind: 'take-over' } : { kind: 'answer' };
    case 'reconcilable':
      return { kind: 'reconcile' };
    default:
      return { kind: 'answer' };
  }
}

/** A silent sender may still act until its deadline; the quiet period counts from there. */
function quietLeftMs(record: StepFacts, deadlineMs: number, quietMs: number): number {
  return Math.max(deadlineMs - (record.claimedAgoMs ?? 0), 0) + quietMs;
}

function expire(error: StoredError, dueInMs: number | null): NextStep {
  return { kind: 'expire-lease', ending: { state: 'in_doubt', error, dueInMs } };
}

function silent(why?: string): StoredError {
  const message = 'the worker fell silent before it recorded an outcome';
  return { code: 'LEASE_EXPIRED', message: why === undefined ? message : `${message} (${why})` };
}
