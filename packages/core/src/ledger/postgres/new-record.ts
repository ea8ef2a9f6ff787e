import type { ClaimWish, Submission } from '../ledger.ts';
import type { IntentRecord } from '../record.ts';
import type { FinalEnding } from './statements/record.ts';

/** The record of an intent that was written just now, and claimed where `wish` is given: no need to read it back. */
export function newRecord(submission: Submission, createdMs: number, wish?: ClaimWish): IntentRecord {
  return {
    id: submission.id,
    action: submission.action,
    key: submission.key,
    scope: submission.scope,
    fingerprint: submission.fingerprint,
    state: stateOf(submission, wish),
    token: wish ? 1 : 0,
    generation: 1,
    tries: wish ? 1 : 0,
    kind: wish?.kind ?? null,
    claimant: wish?.claimant ?? null,
    input: submission.input,
    result: null,
    externalId: null,
    externalUrl: null,
    error: null,
    traceparent: submission.traceparent,
    turn: submission.entity === null ? null : 'waits', // until somebody looks; a claim does
    asked: 0,
    purged: false,
    createdAt: new Date(createdMs),
    rerunAt: null,
    finishedAt: null,
    sentAgoMs: wish ? 0 : null,
    claimedAgoMs: wish ? 0 : null,
    leaseLeftMs: wish?.leaseMs ?? null,
    dueInMs: submission.approvalMs,
  };
}

function stateOf(submission: Submission, wish: ClaimWish | undefined): IntentRecord['state'] {
  if (wish) return 'claimed';
  return submission.approvalMs === null ? 'pending' : 'awaiting_approval';
}

/** The record of an intent that was finished just now: what was claimed, and what was written. */
export function finishedRecord(
  held: IntentRecord,
  ending: FinalEnding['ending'],
  finishedMs: number,
): IntentRecord {
  const done = ending.state === 'succeeded' ? ending : null;
  return {
    ...held,
    state: ending.state,
    result: done?.result ?? null,
    externalId: done?.externalId ?? null,
    externalUrl: done?.externalUrl ?? null,
    error: ending.state === 'failed' ? ending.error : null,
    finishedAt: new Date(finishedMs),
    leaseLeftMs: null,
    dueInMs: null,
  };
}
