export type {
  Action,
  ActionDefinition,
  AnyAction,
  InputOf,
  PreviousKey,
  ResultOf,
  RetryPolicy,
} from './action/action.ts';
export { defineAction, unknownOptions } from './action/define-action.ts';
export {
  type AtMostOnceEffect,
  atMostOnce,
  type Effect,
  type EffectContext,
  type EffectKind,
  type IdempotentEffect,
  idempotent,
  type Log,
  type Performed,
  type ReconcilableEffect,
  type Reconciled,
  reconcilable,
  type TransactionalContext,
  type TransactionalEffect,
  transactional,
} from './action/effect.ts';
export { LINT_RULES, type LintAllowance, type LintRule } from './action/lint-rule.ts';
export type { FieldPath, KeyPath, KeyScalar } from './action/paths.ts';
export type { Answer } from './answer.ts';
export { answerOf } from './deliver/answer-of.ts';
export { conflictOf, driftFields } from './deliver/conflict-of.ts';
export { deliver } from './deliver/deliver.ts';
export { type Delivery, idOf } from './deliver/delivery.ts';
export type { DeliveryPorts } from './deliver/delivery-ports.ts';
export type { ClaimedHow, DeliveryWatch, Stage } from './deliver/delivery-watch.ts';
export type { Disposition } from './deliver/disposition.ts';
export { type KeepOutcome, type KeptOutcome, readKept } from './deliver/kept-outcome.ts';
export { type NextStep, nextStep, TURN_LOOK_MS } from './deliver/next-step.ts';
export { Overdue } from './deliver/overdue.ts';
export { mayBeClaimedAhead } from './deliver/perform-claimed.ts';
export * from './errors.ts';
export {
  type DerivedIntent,
  type DeriveOptions,
  deriveIntent,
  MAX_KEY_LENGTH,
} from './intent/derive-intent.ts';
export { encodeKey, idOfKey, type KeyParts } from './intent/encode-key.ts';
export { MAX_INPUT_BYTES, MAX_INPUT_DEPTH } from './intent/parse-input.ts';
export { submissionOf } from './intent/submission-of.ts';
export type {
  CallersTransaction,
  Claimed,
  ClaimWish,
  Decision,
  Ending,
  InTurn,
  Ledger,
  OpenIntent,
  Recorded,
  StepFacts,
  Submission,
  Submitted,
  SweepCursor,
  Transacted,
  TransactionEnd,
  Verdict,
} from './ledger/ledger.ts';
export { keyWarnings, type WarnedKey } from './ledger/postgres/key-warnings.ts';
export { checkSchema, type Migrated, migrate } from './ledger/postgres/migrate.ts';
export { patiently } from './ledger/postgres/patiently.ts';
export { PostgresLedger } from './ledger/postgres/postgres-ledger.ts';
export {
  ledgerConnections,
  POOL_SIZE,
  type PostgresLedgerOptions,
} from './ledger/postgres/postgres-ledger-options.ts';
export { DEFAULT_SCHEMA } from './ledger/postgres/tables.ts';
export type { HistoryEntry, IntentRecord } from './ledger/record.ts';
export type {
  CountQuery,
  IntentSummary,
  LedgerSearch,
  SearchPage,
  SearchQuery,
  StateCount,
} from './ledger/search.ts';
export type { Superseded } from './ledger/superseded.ts';
export type { Finding } from './lint/finding.ts';
export { lintAction, sampleInputs } from './lint/lint-action.ts';
export type { KeyWarning, WatchRule } from './lint/watch/key-warning.ts';
export { KeyWatch } from './lint/watch/key-watch.ts';
export { bareError } from './outcome/bare-error.ts';
export { sortNetworkError } from './outcome/sort-network-error.ts';
export { sortResponse } from './outcome/sort-response.ts';
export { type Clock, processClock } from './perform/clock.ts';
export type { Hook, Point } from './perform/hooks.ts';
export { type Lease, Leases } from './perform/leases.ts';
export { LazyStop, type Stop, stopBy } from './perform/stop.ts';
export { isTraceparent, traceparentOf } from './perform/traceparent.ts';
export { withFields } from './perform/with-fields.ts';
export { KeyMissing, KeyRing, sealedUnder } from './privacy/key-ring.ts';
export { hideValues, REDACTED, redact, redactText } from './privacy/redact.ts';
export { redactAnswer, redactRecord, redactSuperseded } from './privacy/redact-record.ts';
export { sealEnding } from './privacy/seal.ts';
export { SealingLedger } from './privacy/sealing-ledger.ts';
export { type IdempotencySpec, SPEC_LINES, type SpecSurroundings, specOf } from './spec/spec-of.ts';
export {
  FINAL_STATES,
  type FinalState,
  isFinal,
  isLegal,
  STATES,
  type State,
  type Step,
  statesBefore,
  TRANSITIONS,
  type Transition,
} from './states.ts';
