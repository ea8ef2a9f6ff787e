import type { AnyAction } from '../action/action.ts';
import type { Performed, ReconcilableEffect } from '../action/effect.ts';
import { type LatchkeyError, messageOf, type StoredError, storable, toStoredError } from '../errors.ts';
import type { Ending, StepFacts, Succeeded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { serialiseResult } from '../outcome/serialise-result.ts';
import { hideValues } from '../privacy/redact.ts';

/** Longest external id or URL that is kept, in characters. */
const MAX_EXTERNAL = 2_000;

/** Pause before an input is looked at again that couldn't be read for want of its key, in milliseconds. */
const UNREADABLE_PAUSE_MS = 30_000;

/** Longest wait that an effect may ask for, in milliseconds: 24 days, what a timer can hold. */
const MAX_RETRY_AFTER_MS = 2_147_483_647;

/** Decides how an attempt ends from what is known of its effect, by the effect's kind. */
export function endingOf(action: AnyAction, held: IntentRecord, outcome: Outcome): Ending {
  switch (outcome.kind) {
    case 'performed':
      return succeeded(outcome.performed);
    case 'declined':
      return surelyNot(action, held, storedError(action, held, outcome.error));
    case 'not-performed':
      return notPerformed(action, held, storedError(action, held, outcome.error), outcome.error.retryAfterMs);
    case 'ambiguous':
      return ambiguous(action, held, storedError(action, held, outcome.error));
  }
}

/** What is kept of an error: without the values that the action redacts, since remotes like to repeat what they got. */
export function storedError(action: AnyAction, { input }: IntentRecord, error: unknown): StoredError {
  return toStoredError(error, (text) => hideStored(action, input, text));
}

/** Takes off a text what the action redacts of a stored input. */
export function hideStored(action: AnyAction, input: string | null, text: string): string {
  return action.redact.length === 0 || input === null ? text : hideValues(action, JSON.parse(input), text);
}

/** Puts an intent aside whose input can't be read here: it waits for the key, and that uses up no retries. */
export function putAside(action: AnyAction, held: IntentRecord, unreadable: LatchkeyError): Ending {
  const error: StoredError = { code: unreadable.code, message: unreadable.message };
  if (earlierDoubt(held)) return { ...againOrHeld(action, held, error, UNREADABLE_PAUSE_MS), untried: true };
  return { state: 'pending', error, dueInMs: UNREADABLE_PAUSE_MS, untried: true };
}

/** The ending of an effect that happened. */
export function succeeded(performed: Performed): Succeeded {
  return {
    state: 'succeeded',
    result: serialiseResult(performed?.result),
    externalId: kept(performed?.externalId),
    externalUrl: kept(performed?.externalUrl),
  };
}

/** Milliseconds until the next attempt: doubled each time, the remote's own wish where it asks for more. */
export function backoffMs(action: AnyAction, tries: number, retryAfterMs = 0): number {
  const { backoffMs: first, maxBackoffMs } = action.retry;
  const asked = Number.isNaN(retryAfterMs) ? 0 : Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
  return Math.max(Math.min(first * 2 ** Math.max(tries - 1, 0), maxBackoffMs), asked);
}

/** Whether the remote still remembers the key at the deadline of an attempt that starts in `inMs` milliseconds. */
export function withinKeyWindow(
  action: AnyAction,
  record: Pick<StepFacts, 'sentAgoMs'>,
  inMs: number,
): boolean {
  if (action.effect.kind !== 'idempotent') return false;
  return (record.sentAgoMs ?? 0) + inMs + action.deadlineMs < action.effect.keyTtlMs;
}

/** Whether an earlier attempt than the last one may have reached the remote; a transactional one can't have: it is fenced. */
function earlierDoubt(held: IntentRecord): boolean {
  return held.kind !== 'transactional' && (held.sentAgoMs ?? 0) > (held.claimedAgoMs ?? 0);
}

/** This attempt had no effect and there will be none; but an earlier one may have had it. */
function surelyNot(action: AnyAction, held: IntentRecord, error: StoredError): Ending {
  if (!earlierDoubt(held)) return { state: 'failed', error };
  const dueInMs = action.effect.kind === 'reconcilable' ? action.effect.quietMs : null; // the remote can be asked
  return { state: 'in_doubt', error, dueInMs };
}

function notPerformed(
  action: AnyAction,
  held: IntentRecord,
  error: StoredError,
  retryAfterMs?: number,
): Ending {
  if (held.tries >= action.retry.attempts) {
    return surelyNot(action, held, {
      code: 'EXHAUSTED',
      message: `after ${held.tries} attempts: ${error.message}`,
    });
  }
  const dueInMs = backoffMs(action, held.tries, retryAfterMs);
  return earlierDoubt(held)
    ? againOrHeld(action, held, error, dueInMs)
    : { state: 'pending', error, dueInMs };
}

function ambiguous(action: AnyAction, held: IntentRecord, error: StoredError): Ending {
  switch (action.effect.kind) {
    case 'transactional': // rolled back: surely not performed, whatever was thrown
      return notPerformed(action, held, {
        ...error,
        code: error.code === 'AMBIGUOUS' ? 'NOT_PERFORMED' : error.code,
      });
    case 'idempotent':
      if (held.tries >= action.retry.attempts) return { state: 'in_doubt', error, dueInMs: null };
      return againOrHeld(action, held, error, backoffMs(action, held.tries));
    case 'reconcilable':
      return { state: 'in_doubt', error, dueInMs: askInMs(action, action.effect) };
    case 'atMostOnce':
      return { state: 'in_doubt', error, dueInMs: null };
  }
}

type InDoubt = Extract<Ending, { state: 'in_doubt' }>;

/** In doubt, and settled by itself where that is possible: sent again while the remote knows the key, or asked. */
function againOrHeld(action: AnyAction, held: IntentRecord, error: StoredError, dueInMs: number): InDoubt {
  const { effect } = action;
  if (effect.kind === 'reconcilable')
    return { state: 'in_doubt', error, dueInMs: Math.max(dueInMs, askInMs(action, effect)) };
  return { state: 'in_doubt', error, dueInMs: withinKeyWindow(action, held, dueInMs) ? dueInMs : null };
}

/**
 * Milliseconds until the remote may be asked. Where "absent" performs again, the whole time in which this sender's
 * request may still act comes first, even if the sender itself has given up before its deadline.
 */
function askInMs({ deadlineMs }: AnyAction, effect: ReconcilableEffect<never, unknown>): number {
  return effect.whenAbsent === 'perform' ? deadlineMs + effect.quietMs : effect.quietMs;
}

function kept(text: string | undefined): string | null {
  return text === undefined || text === null ? null : storable(messageOf(text).slice(0, MAX_EXTERNAL));
}
