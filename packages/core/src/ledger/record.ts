import type { EffectKind } from '../action/effect.ts';
import type { LatchkeyError, StoredError } from '../errors.ts';
import type { State } from '../states.ts';

/**
 * One intent as the ledger holds it. Spans of time are relative to the database's clock at the moment of reading,
 * so that no other clock takes part in a decision.
 */
export interface IntentRecord {
  readonly id: string;
  readonly action: string;
  readonly key: string;
  readonly scope: string | null;
  readonly fingerprint: string;
  readonly state: State;
  /** Fencing token: rises with every claim and every rerun; that of a claim is the number of its attempt. */
  readonly token: number;
  /** 1, and one more each time that a person had the succeeded intent performed once more. */
  readonly generation: number;
  /** Attempts since the submission or the last replay; the retry policy counts these. */
  readonly tries: number;
  /** Kind of the effect under which the last claim was made. */
  readonly kind: EffectKind | null;
  /** Who holds, or last held, the lease: `worker/number of the claim`. */
  readonly claimant: string | null;
  /** Frozen input as JSON text; `null` once purged. */
  readonly input: string | null;
  readonly result: string | null;
  readonly externalId: string | null;
  readonly externalUrl: string | null;
  readonly error: StoredError | null;
  readonly traceparent: string | null;
  /** Id of the key that it is stored under; absent where it isn't encrypted. */
  readonly encrypted?: string;
  /** Why input, result and error can't be read here, and stand sealed; absent where they can. */
  readonly unreadable?: LatchkeyError;
  /**
   * Whether an intent on a shared entity may act: `next`; `waits` behind another; `stale`, a newer version was applied.
   * `null` where it shares no entity, or is finished.
   */
  readonly turn: 'next' | 'waits' | 'stale' | null;
  /** How often the remote was asked about the present doubt. */
  readonly asked: number;
  readonly purged: boolean;
  readonly createdAt: Date;
  /** When the present generation was decided on; `null` for the first. */
  readonly rerunAt: Date | null;
  readonly finishedAt: Date | null;
  /** Milliseconds since the earliest request of this intent that may have reached the remote; `null`: surely none. */
  readonly sentAgoMs: number | null;
  /** Milliseconds since the last claim. */
  readonly claimedAgoMs: number | null;
  /** Milliseconds until the lease ends; negative once it is over; `null` where there is none. */
  readonly leaseLeftMs: number | null;
  /** Milliseconds until the machine acts next; `null`: at once (pending), or never by itself (in doubt). */
  readonly dueInMs: number | null;
}

/** One entry of an intent's story. */
export interface HistoryEntry {
  readonly at: Date;
  /** What happened: `submitted`, `claimed`, `succeeded`, `not_performed`, `lease_expired`, … */
  readonly event: string;
  readonly attempt: number;
  /** Worker, producer or person. */
  readonly actor: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}
