import type { Answer } from '../answer.ts';
import type { StoredError } from '../errors.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { namedByKey } from '../privacy/seal.ts';

/** What a delivery knows beside the record. */
export interface AnswerOptions {
  readonly replayed: boolean;
  readonly drift?: readonly string[];
  /** The key as the delivery itself derived it; a tombstone keeps none. */
  readonly key?: string;
}

/** Makes the answer that a record holds; a tombstone's is `expired`. */
export function answerOf<R = unknown>(record: IntentRecord, options: AnswerOptions): Answer<R> {
  const { id, action, result, externalId, externalUrl, error, generation } = record;
  const key = record.purged ? (options.key ?? '') : record.key;
  // step by step, because a spread for each field that may be missing costs every job more than the rest of its answer
  const known: Mutable<Partial<Answer<R>>> = {
    intentId: id,
    key,
    action,
    status: record.purged ? 'expired' : record.state,
  };
  if (result !== null && !record.unreadable) known.result = JSON.parse(result) as R;
  if (externalId !== null) known.externalId = externalId;
  if (externalUrl !== null) known.externalUrl = externalUrl;
  if (error !== null) known.error = readableError(record, error);
  known.replayed = options.replayed;
  if (generation !== 1) known.generation = generation;
  known.attempt = record.token;
  if (options.drift && options.drift.length > 0) known.drift = options.drift;
  known.completedAt = record.finishedAt?.toISOString() ?? null;
  return known as Answer<R>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readableError({ unreadable }: IntentRecord, error: StoredError): StoredError {
  return unreadable === undefined ? error : { ...error, message: namedByKey(error.message) };
}
