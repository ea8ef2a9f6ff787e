import type { IntentRecord } from '@latchkey/core';
import { span } from './spans.ts';

/** Says in a sentence where an intent stands and what happens next, if anything does. */
export function standing(record: IntentRecord): string {
  if (record.purged)
    return 'Its replay window is over: id and state are all that is kept. A replay is answered “expired”.';
  const { state, dueInMs } = record;
  switch (state) {
    case 'awaiting_approval':
      return (dueInMs ?? 0) > 0
        ? `Nothing is performed until somebody approves it; it expires in ${span(dueInMs ?? 0)}.`
        : 'Its time for approval is over; the next sweep ends it as expired.';
    case 'pending':
      return pending(record);
    case 'claimed':
      return claimed(record);
    case 'succeeded':
      return 'Its effect happened. Every later delivery gets the stored result, and nothing is performed.';
    case 'failed':
      return 'It surely had no effect. Every later delivery gets this failure until somebody replays it.';
    case 'in_doubt':
      return inDoubt(record);
    case 'rejected':
    case 'cancelled':
      return 'It was never performed and never will be.';
    case 'expired':
      return 'Nobody decided in time. It was never performed and never will be.';
  }
}

function pending({ turn, dueInMs, token }: IntentRecord): string {
  if (turn === 'waits') return 'It waits for its turn: another intent acts on the same entity first.';
  if (turn === 'stale') return 'A newer version was applied to its entity; it ends as stale.';
  if (dueInMs !== null && dueInMs > 0)
    return `Attempt ${token} surely had no effect; it is tried again in ${span(dueInMs)}.`;
  return 'A worker takes it as soon as one is free.';
}

function claimed({ leaseLeftMs, claimant }: IntentRecord): string {
  const who = claimant ?? 'A worker';
  return (leaseLeftMs ?? 0) > 0
    ? `${who} performs it now.`
    : `${who} fell silent; the next sweep or delivery settles it, as the kind of its effect allows.`;
}

function inDoubt({ dueInMs }: IntentRecord): string {
  if (dueInMs === null)
    return 'It may have had its effect. Nothing performs it again by itself: look at the remote, then resolve it.';
  return dueInMs > 0
    ? `It may have had its effect. It is looked after by itself in ${span(dueInMs)}; you need not wait for that.`
    : 'It may have had its effect. It is being looked after by itself now.';
}
