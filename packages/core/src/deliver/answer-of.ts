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
  return {
    intentId: record.id,
    key: record.purged ? (options.key ?? '') : record.key,
    action: record.action,
    status: record.purged ? 'expired' : record.state,
    ...(record.result === null || record.unreadable ? {} : { result: JSON.parse(record.result) as R }),
    ...(record.externalId === null ? {} : { externalId: record.externalId }),
    ...(record.externalUrl === null ? {} : { externalUrl: record.externalUrl }),
    ...(record.error === null ? {} : { error: readableError(record, record.error) }),
    replayed: options.replayed,
    ...(record.generation === 1 ? {} : { generation: record.generation }),
    attempt: record.token,
    ...(options.drift && options.drift.length > 0 ? { drift: options.drift } : {}),
    completedAt: record.finishedAt?.toISOString() ?? null,
  };
}

function readableError({ unreadable }: IntentRecord, error: StoredError): StoredError {
  return unreadable === undefined ? error : { ...error, message: namedByKey(error.message) };
}
