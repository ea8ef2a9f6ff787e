import type { Ending } from './ledger.ts';
import type { IntentRecord } from './record.ts';

/**
 * Tells whether what stands in the record is this very ending of this attempt: it was recorded before, and its
 * acknowledgement was lost. An equal state isn't enough, since somebody else may have decided it with another outcome.
 */
export function isEndedBy(record: IntentRecord, token: number, ending: Ending): boolean {
  if (record.token !== token || record.state !== ending.state) return false;
  if (ending.state === 'succeeded') {
    const { result, externalId, externalUrl } = ending;
    return record.result === result && record.externalId === externalId && record.externalUrl === externalUrl;
  }
  return record.error?.code === ending.error.code && record.error.message === ending.error.message;
}
