import type { Transaction } from 'kysely';
import type { ClientBase } from 'pg';
import type { EffectKind } from '../action/effect.ts';
import type { StoredError } from '../errors.ts';
import type { HistoryEntry, IntentRecord } from './record.ts';
import type { Superseded } from './superseded.ts';

/** An intent on its way into the ledger. */
export interface Submission {
  readonly id: string;
  readonly action: string;
  readonly key: string;
  readonly scope: string | null;
  readonly keyVersion: number;
  readonly fingerprint: string;
  readonly input: string;
  readonly traceparent: string | null;
  readonly replayWindowMs: number;
  /** Who submitted: a producer's or a worker's name, for the story. */
  readonly submittedBy: string;
  /** Ids of the same intent under earlier key versions; they are looked up, and taken, together with `id`. */
  readonly previousIds: readonly string[];
  /** How long a person has to approve, in milliseconds; `null`: no approval is needed. */
  readonly approvalMs: number | null;
  readonly entity: SharedEntity | null;
  /** Whether what is stored is encrypted; default `false`. */
  readonly encrypted?: boolean;
}

/** What an intent acts on, where others act on it too. */
export interface SharedEntity {
  /** SHA-256 of scope and key fields, as 64 hex digits. */
  readonly id: string;
  readonly rule: 'serial' | 'version';
  /** For rule `version`; else `null`. */
  readonly version: number | null;
}

/** What became of a submission: `created` tells whether it is the first of its intent. */
export interface Submitted {
  readonly created: boolean;
  readonly record: IntentRecord;
  /** Id of the caller's transaction that the submission waits for; only with `tx`. */
  readonly transaction?: string;
}

/** How a caller's transaction ended, or that it hasn't. */
export type TransactionEnd = 'committed' | 'aborted' | 'in progress';

/** A caller's own transaction: Kysely's, or a pg client on which BEGIN was called. */
// biome-ignore lint/suspicious/noExplicitAny: a caller's tables are of no concern here, and Transaction is invariant
export type CallersTransaction = Transaction<any> | ClientBase;

/** A wish to perform: names the intent, the claimant and how long the lease should hold. */
export interface ClaimWish {
  readonly id: string;
  /** Claims no intent of another action, whoever names it; default: the action isn't checked. */
  readonly action?: string;
  /** Unique for each claim, so that a claim whose acknowledgement was lost is recognised as one's own. */
  readonly claimant: string;
  readonly kind: EffectKind;
  readonly leaseMs: number;
  /** Whether the intent may share an entity: its turn is looked at in the first place. Default `false`. */
  readonly shared?: boolean;
}

/** What a claim found. */
export type Claimed =
  /** `created`: an admission made the intent; a claim of an existing one says nothing. */
  | { readonly kind: 'claimed'; readonly record: IntentRecord; readonly created?: true }
  | { readonly kind: 'found'; readonly record: IntentRecord; readonly created?: true }
  | { readonly kind: 'missing' };

/** What an attempt came to; every ending is conditional on the fencing token. */
export type Ending =
  | {
      readonly state: 'succeeded';
      readonly result: string;
      readonly externalId: string | null;
      readonly externalUrl: string | null;
    }
  | { readonly state: 'failed'; readonly error: StoredError }
  | ({ readonly state: 'pending'; readonly error: StoredError; readonly dueInMs: number } & Untried)
  | ({ readonly state: 'in_doubt'; readonly error: StoredError; readonly dueInMs: number | null } & Untried);

interface Untried {
  /** Whether the attempt tried nothing: it uses up no retry, and is told once for each reason. Default `false`. */
  readonly untried?: boolean;
}

/** The ending of an attempt whose effect happened. */
export type Succeeded = Extract<Ending, { state: 'succeeded' }>;

/** `recorded`: now or, after a lost acknowledgement, before; `stale`: another holder, or another ending, was first. */
export type Recorded = { readonly kind: 'recorded' | 'stale'; readonly record: IntentRecord };

/** Who settled a doubt or decided, and why; kept in the history. */
export interface Decision {
  readonly by: string;
  readonly reason: string;
  /**
   * Whether whoever decides vouches that no attempt reached the remote or will; then a later sure refusal counts as
   * certain. Default `false`: what the remote said just now is no such proof.
   */
  readonly vouched?: boolean;
}

/** A person's, or the machine's, word about an intent that isn't claimed. */
export type Verdict = 'approve' | 'reject' | 'cancel' | 'expire' | 'stale';

/** What decides the next step about an intent; see `nextStep`. */
export type StepFacts = Pick<
  IntentRecord,
  | 'state'
  | 'turn'
  | 'kind'
  | 'tries'
  | 'asked'
  | 'purged'
  | 'sentAgoMs'
  | 'claimedAgoMs'
  | 'leaseLeftMs'
  | 'dueInMs'
>;

/** An unfinished intent as the sweep sees it. */
export interface OpenIntent extends StepFacts {
  readonly id: string;
  readonly action: string;
  readonly token: number;
  /** Milliseconds since the submission. */
  readonly ageMs: number;
}

/** A place in the order of submission, from which a sweep goes on. */
export type SweepCursor = string;

/** An intent in the line of its entity. */
export interface InTurn {
  readonly id: string;
  readonly action: string;
}

/** What a transactional effect came to. */
export type Transacted = Recorded | { readonly kind: 'threw'; readonly error: unknown };

/**
 * The only truth about intents. Every change is one statement or one transaction, conditional on state and token;
 * what it can't change it reports with the record that stands there.
 */
export interface Ledger {
  /** Writes an intent, or finds the one that is there. With `tx`, inside the caller's transaction. */
  submit(submission: Submission, tx?: CallersTransaction): Promise<Submitted>;
  /** Submits and claims a new intent in one step; finds, and claims where it is pending, one that is there. */
  admit(submission: Submission, wish: ClaimWish): Promise<Claimed>;
  /** Claims a pending intent whose time has come. */
  claim(wish: ClaimWish): Promise<Claimed>;
  /** Claims anew what an expired lease or a doubt holds, if its token is still `token`. */
  takeOver(wish: ClaimWish, token: number): Promise<Claimed>;
  /** Prolongs a lease; `false` once it is lost. */
  renew(id: string, token: number, leaseMs: number): Promise<boolean>;
  /** Ends the attempt that `held` was claimed for, or the doubt it left, if its token is still current. */
  record(held: IntentRecord, ending: Ending): Promise<Recorded>;
  /**
   * Runs `perform` in a transaction that commits only together with the record of success; its statements are
   * cancelled after `deadlineMs`.
   */
  transact(
    held: IntentRecord,
    deadlineMs: number,
    perform: (tx: Transaction<unknown>) => Promise<Succeeded>,
  ): Promise<Transacted>;
  /** Ends the claim of a holder that fell silent (`lease over`), if its token is still `token`. */
  expireLease(
    id: string,
    token: number,
    ending: Ending & { state: 'in_doubt' | 'failed' },
  ): Promise<Recorded>;
  /** Settles a doubt, if its token is still `token`. */
  settle(id: string, token: number, ending: Ending, decision: Decision): Promise<Recorded>;
  /**
   * Carries out a verdict about an intent that no worker holds; `stale` where it isn't legal (any more), the time for
   * approval is over, or `fingerprint` isn't what the reviewer saw.
   */
  decide(id: string, verdict: Verdict, decision: Decision & { fingerprint?: string }): Promise<Recorded>;
  /**
   * The intents whose turn it is on the entity of this one, in order: the first may act next. At most `limit`; none
   * ever comes in between, so that the order stays true for as long as one of them waits.
   */
  nextInTurn(id: string, limit: number): Promise<readonly InTurn[]>;
  /** Makes a failed intent pending again, under the same key and with its retries unused. */
  replay(id: string, token: number, decision: Decision): Promise<Recorded>;
  /**
   * Makes a succeeded intent pending again as a new generation, if its token is still `token` and it isn't purged: its
   * effect will happen once more. How the old one ended is kept; a token of the old generation is stale from here on.
   */
  rerun(id: string, token: number, decision: Decision): Promise<Recorded>;
  /** Adds an entry to an intent's history. */
  note(id: string, entry: { event: string; attempt: number; actor: string; detail?: object }): Promise<void>;
  /** Says how callers' transactions ended; one that the database no longer knows is left out. */
  endsOf(transactions: readonly string[]): Promise<ReadonlyMap<string, TransactionEnd>>;
  find(id: string): Promise<IntentRecord | null>;
  findMany(ids: readonly string[]): Promise<ReadonlyMap<string, IntentRecord>>;
  /** One intent's whole story, in order. */
  story(id: string): Promise<HistoryEntry[]>;
  /** How its earlier generations ended, the first one first; empty where it was never rerun. */
  superseded(id: string): Promise<Superseded[]>;
  /** Unfinished intents of an action in the order of submission, `limit` at a time. */
  open(
    action: string,
    after: SweepCursor | null,
    limit: number,
  ): Promise<{ intents: OpenIntent[]; next: SweepCursor | null }>;
  /** Turns finished intents past their replay window into tombstones; answers how many. */
  purge(action: string, limit: number): Promise<number>;
  /** Runs `body` if no other process runs one of this name; answers whether it ran. */
  exclusively(name: string, body: () => Promise<void>): Promise<boolean>;
  close(): Promise<void>;
}
