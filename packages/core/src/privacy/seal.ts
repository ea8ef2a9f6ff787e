import { LatchkeyError } from '../errors.ts';
import type { Ending, Submission } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import type { IntentSummary } from '../ledger/search.ts';
import type { Superseded } from '../ledger/superseded.ts';
import { type KeyRing, sealedUnder } from './key-ring.ts';

/** Errors of our own about keys: they hold no payload, and must be readable where the key isn't. */
const ABOUT_KEYS = new Set(['KEY_MISSING', 'SEAL_BROKEN']);

/**
 * Seals a submission's input, if its action encrypts, and hashes its fingerprint under the key: a plain hash of few
 * possible values could be guessed. Inputs are what is compared, so that a fingerprint under an earlier key harms nothing.
 */
export function sealSubmission(ring: KeyRing, submission: Submission): Submission {
  if (!submission.encrypted) return submission;
  const { id, input, fingerprint } = submission;
  return {
    ...submission,
    input: ring.seal(input, `${id} input`),
    fingerprint: ring.mac(`${id} ${fingerprint}`),
  };
}

/** Seals what an ending says about an encrypted intent: its result, or its error's message. */
export function sealEnding<E extends Ending>(
  ring: KeyRing,
  held: Pick<IntentRecord, 'id' | 'encrypted'>,
  ending: E,
): E {
  if (held.encrypted === undefined) return ending;
  if (ending.state === 'succeeded')
    return { ...ending, result: ring.seal(ending.result, `${held.id} result`) };
  if (ABOUT_KEYS.has(ending.error.code)) return ending;
  const message = ring.seal(ending.error.message, `${held.id} error`);
  return { ...ending, error: { ...ending.error, message } };
}

/** Opens a record, or says in `unreadable` why that isn't possible here. */
export function openRecord(ring: KeyRing, record: IntentRecord): IntentRecord {
  const { id, input, result, error } = record;
  const encrypted = sealedUnder(input) ?? sealedUnder(result) ?? sealedUnder(error?.message ?? null);
  if (encrypted === null) return record;
  try {
    return {
      ...record,
      encrypted,
      input: input === null ? null : ring.open(input, `${id} input`),
      result: result === null ? null : ring.open(result, `${id} result`),
      error: error === null ? null : { ...error, message: ring.open(error.message, `${id} error`) },
    };
  } catch (unreadable) {
    if (!(unreadable instanceof LatchkeyError)) throw unreadable;
    return { ...record, encrypted, unreadable };
  }
}

/** Opens the error in a list's entry; what can't be read here is named by its key. */
export function openSummary(ring: KeyRing, summary: IntentSummary): IntentSummary {
  const { id, error } = summary;
  return error === null
    ? summary
    : { ...summary, error: { ...error, message: openText(ring, id, error.message) } };
}

/** Opens the result of an earlier generation; one that can't be read here is named by its key. */
export function openSuperseded(ring: KeyRing, id: string, earlier: Superseded): Superseded {
  const { result } = earlier;
  if (result === null || sealedUnder(result) === null) return earlier;
  try {
    return { ...earlier, result: ring.open(result, `${id} result`) };
  } catch {
    return { ...earlier, result: JSON.stringify(namedByKey(result)) };
  }
}

/** Opens what is sealed in a detail of the history; what can't be read here is named by its key. */
export function openDetail<D>(ring: KeyRing, id: string, detail: D): D {
  if (typeof detail === 'string') return openText(ring, id, detail) as D;
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return detail;
  return Object.fromEntries(
    Object.entries(detail).map(([name, below]) => [name, openDetail(ring, id, below as unknown)]),
  ) as D;
}

function openText(ring: KeyRing, id: string, text: string): string {
  if (sealedUnder(text) === null) return text;
  try {
    return ring.open(text, `${id} error`);
  } catch {
    return namedByKey(text);
  }
}

/** What is shown in the place of a text that can't be read here. */
export function namedByKey(text: string): string {
  const keyId = sealedUnder(text);
  return keyId === null ? text : `[encrypted under key ${keyId}]`;
}
