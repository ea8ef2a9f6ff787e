import type { Claimed, Ending, IntentRecord, Recorded, Transacted } from '@latchkey/core';

/** How a record reads in a story. */
export function describeRecord(record: IntentRecord): string {
  const { state, token, purged } = record;
  const attempt = token === 0 ? '' : `, attempt ${token}`;
  return purged ? `a tombstone (${state})` : `${state.replaceAll('_', ' ')}${attempt}`;
}

/** How a claim reads: granted, or what was found instead. */
export function describeClaim(claimed: Claimed | undefined): string {
  if (claimed === undefined) return '';
  if (claimed.kind === 'missing') return ' → not there';
  return claimed.kind === 'claimed'
    ? ` → granted, attempt ${claimed.record.token}`
    : ` → found it ${describeRecord(claimed.record)}`;
}

/** How an ending reads. */
export function describeEnding(ending: Ending): string {
  return 'error' in ending ? `${ending.state.replaceAll('_', ' ')} (${ending.error.code})` : ending.state;
}

/** How the ledger's word about a change reads. */
export function describeRecorded(recorded: Recorded | Transacted | undefined): string {
  if (recorded === undefined) return '';
  if (recorded.kind === 'threw') return ' → rolled back';
  return recorded.kind === 'recorded' ? '' : ` → refused, it is ${describeRecord(recorded.record)}`;
}
