import type { Transaction } from 'kysely';

/** What an effect returns once it happened; `result` is kept as JSON. */
export interface Performed<R = unknown> {
  readonly result: R;
  /** Id that the remote gave to what was created, for looking it up later. */
  readonly externalId?: string;
  readonly externalUrl?: string;
}

/** Logs one line of structured fields and a message; pino's shape. */
export interface Log {
  debug(fields: object, message?: string): void;
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
}

/** What `perform` gets beside the input; `reference`, `startedAt` and `random` are the same in every attempt. */
export interface EffectContext {
  readonly intentId: string;
  /**
   * What to give to a remote as its key or reference, and to look an effect up by: the intent id, and `<id>.2` for the
   * second generation of an intent that a person had performed once more, which must not be taken for the first.
   */
  readonly reference: string;
  /** Readable idempotency key. */
  readonly key: string;
  readonly action: string;
  readonly scope: string | null;
  /** Number of this attempt, from 1; equal to the fencing token. */
  readonly attempt: number;
  /** Aborts at the deadline, when the lease is lost, and when the worker must leave. */
  readonly signal: AbortSignal;
  readonly deadline: Date;
  /** When the intent was submitted, or rerun; fixed, so that a repeated request is byte for byte the first one. */
  readonly startedAt: Date;
  /** Seeded by the reference: 0 ≤ n < 1, the same sequence in every attempt. */
  random(): number;
  /** W3C trace context of the submission. */
  readonly traceparent: string;
  /**
   * `fetch` with the deadline, the signal, `Idempotency-Key` and `traceparent`; throws `NotPerformed`, `Declined`
   * or `Ambiguous` for what isn't a 2xx answer, and `NotPerformed` instead of sending once the lease is over.
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  /**
   * Announces a send that doesn't go through `fetch`; call it right before. Throws `NotPerformed` when this worker no
   * longer holds the intent, and `SecondEffect` when something was sent before.
   */
  aboutToSend(): void;
  /** Logs with the intent's id, action and attempt on every line. */
  readonly log: Log;
}

/** Context of a transactional effect: `tx` commits together with the outcome, or not at all. */
export interface TransactionalContext<DB = unknown> extends EffectContext {
  readonly tx: Transaction<DB>;
}

/** What a remote says when it is asked whether an effect happened. */
export type Reconciled<R = unknown> =
  | ({ readonly found: true } & Performed<R>)
  | { readonly found: false }
  | { readonly found: 'unsure'; readonly why?: string };

/** The remote is the ledger's own PostgreSQL: exactly once. */
export interface TransactionalEffect<I, R, DB = unknown> {
  readonly kind: 'transactional';
  readonly perform: (input: I, ctx: TransactionalContext<DB>) => Promise<Performed<R>>;
}

/** The remote drops a repeated request by its key: effectively once within the remote's window. */
export interface IdempotentEffect<I, R> {
  readonly kind: 'idempotent';
  /** How long the remote remembers a key, in milliseconds, counted from the first request. */
  readonly keyTtlMs: number;
  readonly perform: (input: I, ctx: EffectContext) => Promise<Performed<R>>;
}

/** The remote can be asked, but would do it twice: at most once, and most doubts settle themselves. */
export interface ReconcilableEffect<I, R> {
  readonly kind: 'reconcilable';
  /**
   * How long after a sender's deadline the remote is asked, in milliseconds; where "absent" only holds the doubt, how
   * long after the sender itself gave up.
   */
  readonly quietMs: number;
  /**
   * What "absent" leads to: `hold` keeps the doubt and asks again later; `perform` sends again, which is safe
   * only if no sender ever acts later than `quietMs` after its deadline.
   */
  readonly whenAbsent: 'hold' | 'perform';
  readonly perform: (input: I, ctx: EffectContext) => Promise<Performed<R>>;
  readonly reconcile: (input: I, ctx: EffectContext) => Promise<Reconciled<R>>;
}

/** The remote offers nothing: at most once, a doubt waits for a person. */
export interface AtMostOnceEffect<I, R> {
  readonly kind: 'atMostOnce';
  readonly perform: (input: I, ctx: EffectContext) => Promise<Performed<R>>;
}

/** One of the four kinds of effect; the remote decides which one is true. */
export type Effect<I, R> =
  // biome-ignore lint/suspicious/noExplicitAny: the effect's tables are its own matter, and Transaction is invariant
  TransactionalEffect<I, R, any> | IdempotentEffect<I, R> | ReconcilableEffect<I, R> | AtMostOnceEffect<I, R>;

/** Whether nothing is lost by making an attempt once more, whatever became of the one before: it is fenced, or has a key. */
export function isRepeatable({ kind }: { readonly kind: EffectKind }): boolean {
  return kind === 'idempotent' || kind === 'transactional';
}

/** Name of an effect's kind. */
export type EffectKind = Effect<unknown, unknown>['kind'];

/**
 * An effect on rows of the ledger's own PostgreSQL: it and its outcome commit together, under the fencing token.
 *
 * @example
 * transactional({ perform: async (input, { tx }) => ({ result: await updateRow(tx, input) }) })
 */
export function transactional<I, R, DB = unknown>(
  effect: Omit<TransactionalEffect<I, R, DB>, 'kind'>,
): TransactionalEffect<I, R, DB> {
  return { kind: 'transactional', ...effect };
}

/** An effect on a remote that honours an idempotency key for `keyTtlMs` milliseconds. */
export function idempotent<I, R>(effect: Omit<IdempotentEffect<I, R>, 'kind'>): IdempotentEffect<I, R> {
  return { kind: 'idempotent', ...effect };
}

/** An effect on a remote that can be asked afterwards; `whenAbsent` is `hold` unless said otherwise. */
export function reconcilable<I, R>(
  effect: Omit<ReconcilableEffect<I, R>, 'kind' | 'whenAbsent'> & { whenAbsent?: 'hold' | 'perform' },
): ReconcilableEffect<I, R> {
  return { kind: 'reconcilable', whenAbsent: 'hold', ...effect };
}

/** An effect on a remote that offers neither a key nor a lookup. */
export function atMostOnce<I, R>(effect: Omit<AtMostOnceEffect<I, R>, 'kind'>): AtMostOnceEffect<I, R> {
  return { kind: 'atMostOnce', ...effect };
}
