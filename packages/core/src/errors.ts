/** Stable codes of all errors that the core throws or stores; callers branch on these, never on messages. */
export type ErrorCode =
  | 'NOT_PERFORMED'
  | 'DECLINED'
  | 'AMBIGUOUS'
  | 'DEADLINE_EXCEEDED'
  | 'LEASE_LOST'
  | 'LEASE_EXPIRED'
  | 'SECOND_EFFECT'
  | 'EXHAUSTED'
  | 'STALE'
  | 'INTENT_CONFLICT'
  | 'INTENT_UNKNOWN'
  | 'INVALID_ACTION'
  | 'INVALID_INPUT'
  | 'INVALID_KEY'
  | 'INVALID_CONFIG'
  | 'INVALID_QUERY'
  | 'NOT_LEGAL'
  | 'SCHEMA_MISSING'
  | 'SCHEMA_MISMATCH'
  | 'UNREACHABLE'
  | 'UNFIT'
  | 'ANSWER_TIMEOUT'
  | 'LEDGER_CLOSED'
  | 'ROLLED_BACK'
  | 'KEY_MISSING'
  | 'SEAL_BROKEN';

/** Base of every error of Latchkey: a stable `code`, a message that says what to do, and the `cause`. */
export class LatchkeyError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** What an error about a send may carry. */
export interface SendErrorOptions extends ErrorOptions {
  /** HTTP status of the remote's answer, where there was one. */
  status?: number;
}

/** What an effect may add to a `NotPerformed`. */
export interface NotPerformedOptions extends SendErrorOptions {
  /** Earliest time of the next attempt, in milliseconds from now; default: the action's backoff. */
  retryAfterMs?: number;
}

/**
 * Thrown by an effect that surely had no effect and may be tried again: a refused connection, a 503 with
 * Retry-After. The intent goes back to `pending` and is retried under the same key.
 */
export class NotPerformed extends LatchkeyError {
  readonly retryAfterMs: number | undefined;
  /** HTTP status of the remote's answer, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, options: NotPerformedOptions = {}) {
    super('NOT_PERFORMED', message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}

/**
 * Thrown by an effect that surely had no effect and never will have: a business refusal, a documented 4xx.
 * The intent ends `failed`, and every later delivery gets this refusal.
 */
export class Declined extends LatchkeyError {
  /** HTTP status of the remote's answer, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, options: SendErrorOptions = {}) {
    super('DECLINED', message, options);
    this.status = options.status;
  }
}

/** Says that the effect may have happened: a time-out, a reset, a 5xx. What follows depends on the effect's kind. */
export class Ambiguous extends LatchkeyError {
  /** HTTP status of the remote's answer, where there was one; a lookup's 404 is seen here. */
  readonly status: number | undefined;

  constructor(message: string, options: SendErrorOptions = {}) {
    super('AMBIGUOUS', message, options);
    this.status = options.status;
  }
}

/** Says that the effect did not settle by its deadline; it may still happen. */
export class DeadlineExceeded extends LatchkeyError {
  constructor(deadlineMs: number) {
    super('DEADLINE_EXCEEDED', `the effect did not settle within ${deadlineMs} ms; it may still happen`);
  }
}

/** Says that this worker no longer holds the intent, so that it must not send. */
export class LeaseLost extends LatchkeyError {
  constructor(message: string) {
    super('LEASE_LOST', message);
  }
}

/** Refuses a second unsafe request within one attempt: one intent is one effect. */
export class SecondEffect extends LatchkeyError {
  constructor(method: string, url: string) {
    super(
      'SECOND_EFFECT',
      `a second ${method} (${url}) within one intent is refused: one intent is one effect. ` +
        'Make it an action of its own and submit that as a second intent',
    );
  }
}

/** Says that an intent of this key exists with other values in fields that must agree. */
export class IntentConflict extends LatchkeyError {
  readonly intentId: string;
  readonly key: string;
  /** Paths of the fields that differ; never their values. */
  readonly fields: readonly string[];

  constructor(intentId: string, key: string, fields: readonly string[]) {
    const named = fields.length > 0 ? fields.join(', ') : 'fields that are no longer stored';
    super(
      'INTENT_CONFLICT',
      `intent ${key} exists with other values in: ${named}. ` +
        "Submit the first input again, list fields that may differ in the action's `free`, or make them part of its key",
    );
    this.intentId = intentId;
    this.key = key;
    this.fields = fields;
  }
}

/** Says that no intent of this id is in the ledger. */
export class IntentUnknown extends LatchkeyError {
  readonly intentId: string;

  constructor(intentId: string) {
    super(
      'INTENT_UNKNOWN',
      `no intent ${intentId} is in the ledger: was its transaction rolled back, or is this another database or schema?`,
    );
    this.intentId = intentId;
  }
}

/** Says that an action's definition is wrong; thrown by `defineAction`. */
export class InvalidAction extends LatchkeyError {
  constructor(message: string) {
    super('INVALID_ACTION', message);
  }
}

/** Says that an input does not fit the action's schema or the limits of the ledger. */
export class InvalidInput extends LatchkeyError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_INPUT', message, options);
  }
}

/** Says that a key field's value can't identify an intent: missing, a float, not well-formed, too long. */
export class InvalidKey extends LatchkeyError {
  constructor(message: string) {
    super('INVALID_KEY', message);
  }
}

/** Says that settings are missing or wrong; the message lists all of them. */
export class InvalidConfig extends LatchkeyError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_CONFIG', message, options);
  }
}

/** Says what in a search can't be, or that it took too long. */
export class InvalidQuery extends LatchkeyError {
  constructor(message: string) {
    super('INVALID_QUERY', message);
  }
}

/** Says that a step isn't legal in the intent's present state; the message names both. */
export class NotLegal extends LatchkeyError {
  constructor(message: string) {
    super('NOT_LEGAL', message);
  }
}

/** Says that the ledger's tables are missing, or newer or older than this code. */
export class SchemaMismatch extends LatchkeyError {
  constructor(code: 'SCHEMA_MISSING' | 'SCHEMA_MISMATCH', message: string) {
    super(code, message);
  }
}

/** Says that a database or a queue can't be used from here: not there, refused, or something else listens. */
export class Unreachable extends LatchkeyError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNREACHABLE', message, options);
  }
}

/** Says that a database or a queue is there, but can't keep what is promised; the message says what to change. */
export class Unfit extends LatchkeyError {
  constructor(message: string) {
    super('UNFIT', message);
  }
}

/** Says that an answer wasn't there in time; the intent goes on all the same. */
export class AnswerTimeout extends LatchkeyError {
  constructor(key: string, timeoutMs: number, state: string) {
    super(
      'ANSWER_TIMEOUT',
      `no answer to ${key} within ${timeoutMs} ms (it is ${state}); the intent goes on, ask its handle again`,
    );
  }
}

/** An error as the ledger keeps it: JSON, no stack. */
export interface StoredError {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Turns anything thrown into what the ledger keeps, its message cut at 2,000 characters.
 *
 * @param hide takes off the message what nobody is to see, before it is cut
 */
export function toStoredError(thrown: unknown, hide: (text: string) => string = (text) => text): StoredError {
  const message = thrown instanceof Error ? `${messageOf(thrown)}${causeOf(thrown)}` : messageOf(thrown);
  const known = thrown instanceof LatchkeyError ? thrown.code : 'AMBIGUOUS';
  return { code: known, message: storable(hide(message).slice(0, 2000)) };
}

/** Reads the message of anything thrown; never throws itself, though an object without `toString` would make it. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something without a message was thrown';
  }
}

function causeOf(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== '' ? ` (${error.cause.message})` : '';
}

/** PostgreSQL and BullMQ's PostgreSQL backend refuse NUL and lone surrogates in text. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}
