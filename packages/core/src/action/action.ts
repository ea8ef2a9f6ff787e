import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Effect } from './effect.ts';
import type { LintAllowance } from './lint-rule.ts';
import type { FieldPath, KeyPath } from './paths.ts';

/** How often and how late an effect that surely did not happen is tried again. Kept by the ledger, not by the job. */
export interface RetryPolicy {
  /** Attempts in all before the intent ends `failed` with `EXHAUSTED`; default 10. */
  readonly attempts: number;
  /** Wait before the second attempt, in milliseconds, doubled each time; default 500. A Retry-After wins. */
  readonly backoffMs: number;
  /** Longest wait, in milliseconds; default 60,000. */
  readonly maxBackoffMs: number;
}

/** Key fields that an earlier deploy used, so that its intents are still found. */
export interface PreviousKey {
  readonly version: number;
  readonly key: readonly string[];
  /** After this date the old key is no longer looked up. ISO 8601. */
  readonly until: string;
}

/** When a person has to decide before an intent may act. */
export interface ApprovalRule<I> {
  /** Whether this input needs approval; must depend on the input alone. */
  readonly required: (input: I) => boolean;
  /** How long the decision may take, in milliseconds; then the intent ends `expired`. */
  readonly expiresInMs: number;
}

/** What intents share, and who of them may act. */
export interface EntityRule<P extends string> {
  /** Paths of the fields that name what is acted on. */
  readonly key: readonly [P, ...P[]];
  /**
   * `serial`: one intent of an entity performs at a time, in order of submission. `version`: the same, and an intent
   * whose version is older than the last applied one ends `failed` with `STALE`.
   */
  readonly rule: 'serial' | 'version';
  /** Path of the version, a whole number; for `version` only. */
  readonly version?: P;
}

/** What a user writes; `defineAction` checks it and fills in the defaults. */
export interface ActionDefinition<S extends StandardSchemaV1, R> {
  /** Name of the action and of its BullMQ jobs, like `ticket.create`. */
  readonly name: string;
  /** Any Standard Schema (zod, valibot, arktype …) that validates synchronously. */
  readonly input: S;
  /** Paths of the input fields that make two submissions the same intent. Their order doesn't matter. */
  readonly key: readonly [
    KeyPath<StandardSchemaV1.InferOutput<S>>,
    ...KeyPath<StandardSchemaV1.InferOutput<S>>[],
  ];
  /** Raised when `key` changes; default 1. */
  readonly keyVersion?: number;
  /** Paths of the fields that tell intents apart: each must be in `key`, or be the scope. Default: none is declared. */
  readonly distinguish?: readonly KeyPath<StandardSchemaV1.InferOutput<S>>[];
  /** Keys of earlier versions that are still looked up; default none. */
  readonly previousKeys?: readonly PreviousKey[];
  /** Paths of fields that may differ between two submissions: the first wins, the answer names the drift. */
  readonly free?: readonly FieldPath<StandardSchemaV1.InferOutput<S>>[];
  /** Path of the field that names the tenant; default: the scope given at submission, or none. */
  readonly scope?: KeyPath<StandardSchemaV1.InferOutput<S>>;
  /** What is done, and what its remote can promise. */
  readonly effect: Effect<StandardSchemaV1.InferOutput<S>, R>;
  /** How long the full answer is kept after the end, in milliseconds; default 30 days. */
  readonly replayWindowMs?: number;
  /** How long a claim holds unless renewed, in milliseconds; default 30,000. */
  readonly leaseMs?: number;
  /** How long one attempt may take, in milliseconds; default 60,000. */
  readonly deadlineMs?: number;
  /** See `RetryPolicy`. */
  readonly retry?: Partial<RetryPolicy>;
  /** See `ApprovalRule`; default: none is needed. */
  readonly approval?: ApprovalRule<StandardSchemaV1.InferOutput<S>>;
  /** See `EntityRule`; default: intents are independent of each other. */
  readonly entity?: EntityRule<KeyPath<StandardSchemaV1.InferOutput<S>>>;
  /**
   * Paths of fields, of the input or the result, whose values nobody is to see in logs, errors, on pages and in
   * answers that jobs return; the ledger and the effect have them. Default none.
   */
  readonly redact?: readonly (FieldPath<StandardSchemaV1.InferOutput<S>> | FieldPath<NoInfer<R>>)[];
  /**
   * Whether input, result and error are stored encrypted, under the keys of `LATCHKEY_ENCRYPTION_KEYS`; default `false`.
   * Key fields, scope and the ids that the remote gave stay readable.
   */
  readonly encrypt?: boolean;
  /** Inputs as producers submit them, for the key lint; default none: it makes one up from the schema. */
  readonly examples?: readonly StandardSchemaV1.InferInput<S>[];
  /** What the key lint would say and is meant so; default nothing. */
  readonly lint?: { readonly allow: readonly LintAllowance[] };
}

/** A checked action with all defaults filled in; frozen. */
export interface Action<I = unknown, R = unknown, In = I> {
  readonly name: string;
  readonly input: StandardSchemaV1<In, I>;
  readonly key: readonly string[];
  readonly keyVersion: number;
  readonly distinguish: readonly string[];
  readonly previousKeys: readonly PreviousKey[];
  readonly free: readonly string[];
  readonly scope: string | null;
  readonly effect: Effect<I, R>;
  readonly replayWindowMs: number;
  readonly leaseMs: number;
  readonly deadlineMs: number;
  readonly retry: RetryPolicy;
  readonly approval: ApprovalRule<I> | null;
  readonly entity: EntityRule<string> | null;
  readonly redact: readonly string[];
  readonly encrypt: boolean;
  readonly examples: readonly In[];
  readonly lint: { readonly allow: readonly LintAllowance[] };
}

/** An action of any input and result, as lists of actions hold them. */
// biome-ignore lint/suspicious/noExplicitAny: an action consumes its input, so no other type accepts all of them
export type AnyAction = Action<any, any, any>;

/** What may be submitted to an action: its schema's input, before defaults and transforms. */
// biome-ignore lint/suspicious/noExplicitAny: see AnyAction
export type InputOf<A> = A extends Action<any, any, infer In> ? In : never;

/** Result type of an action. */
// biome-ignore lint/suspicious/noExplicitAny: see AnyAction
export type ResultOf<A> = A extends Action<any, infer R, any> ? R : never;
