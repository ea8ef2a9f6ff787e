import type { AnyAction } from '../action/action.ts';
import { IntentConflict } from '../errors.ts';
import { conflictBetween, driftBetween } from '../intent/drift.ts';
import type { Submission } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';

/**
 * A submission whose fields contradict the intent that exists; `null` where they agree, and past the replay window, when
 * only the key is left to compare.
 *
 * Equal fingerprints agree. Unequal ones need not disagree: the action's free fields may have changed since, or the
 * Unicode form of a text; so the stored input has the last word.
 */
export function conflictOf(
  action: AnyAction,
  record: IntentRecord,
  submission: Pick<Submission, 'fingerprint' | 'input'>,
): IntentConflict | null {
  if (record.purged || record.fingerprint === submission.fingerprint) return null;
  const fields = conflictFields(action, record, submission.input);
  return fields.length === 0 ? null : new IntentConflict(record.id, record.key, fields);
}

/** Names the fields in which a submission contradicts the intent that exists. */
function conflictFields(action: AnyAction, record: IntentRecord, laterText: string): string[] {
  if (record.input === null) return [];
  // nothing is known to agree, so nothing is taken for the same
  if (record.unreadable) return ['its input, which is encrypted under a key that is missing here'];
  return conflictBetween(JSON.parse(record.input), JSON.parse(laterText), action.free);
}

/** Names the free fields in which a submission differs from the first one. */
export function driftFields(action: AnyAction, record: IntentRecord, laterText: string): string[] {
  if (action.free.length === 0 || record.input === null || record.unreadable || record.input === laterText)
    return [];
  return driftBetween(JSON.parse(record.input), JSON.parse(laterText), action.free);
}
