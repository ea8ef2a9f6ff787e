import type { Claimed, ClaimWish, Submission } from '../ledger.ts';
import type { IntentRecord } from '../record.ts';
import type { Lanes } from './lanes.ts';
import { newRecord } from './new-record.ts';

/** Claims a pending intent whose time has come, or answers it as it stands. */
export function claimIn(lanes: Lanes, wish: ClaimWish): Promise<Claimed> {
  return (wish.shared ? lanes.claimShared : lanes.claim).push(wish).then((found) => {
    if (found === undefined) return { kind: 'missing' };
    const { record, mine } = found;
    // one that shares an entity though its action doesn't say so, or not any more
    if (!wish.shared && record.state === 'pending' && record.turn === 'next')
      return claimIn(lanes, { ...wish, shared: true });
    return claimedOrFound(record, wish, mine);
  });
}

/** Writes a new intent as claimed; one that is there is claimed if it is pending, or answered as it stands. */
export function admitIn(lanes: Lanes, submission: Submission, wish: ClaimWish): Promise<Claimed> {
  return lanes.admit.push({ submission, wish }).then((admitted) => {
    if (admitted === undefined) return { kind: 'missing' };
    if ('createdMs' in admitted)
      return { kind: 'claimed', record: newRecord(submission, admitted.createdMs, wish), created: true };
    const { record } = admitted;
    return record.state === 'pending' ? claimIn(lanes, wish) : claimedOrFound(record, wish, false);
  });
}

/** A claim whose acknowledgement was lost shows up as claimed by its own, unique claimant: it is ours. */
export function claimedOrFound(record: IntentRecord, wish: ClaimWish, mine: boolean): Claimed {
  const ours = mine || (record.state === 'claimed' && record.claimant === wish.claimant);
  return { kind: ours ? 'claimed' : 'found', record };
}
