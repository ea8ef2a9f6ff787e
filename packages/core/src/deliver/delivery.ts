import type { AnyAction } from '../action/action.ts';
import type { Submission } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import type { Stop } from '../perform/stop.ts';
import type { DeliveryWatch } from './delivery-watch.ts';
import type { KeepOutcome, KeptOutcome } from './kept-outcome.ts';

/** One delivery of an intent: by its id, or by a whole submission that may be the first of its intent. */
export interface Delivery {
  readonly action: AnyAction;
  readonly intent: { readonly id: string } | { readonly submission: Submission };
  /** Aborts when the delivery should stop: the worker leaves, or the queue's own lock is lost. */
  readonly stop?: Stop | undefined;
  /** Whether the same job was delivered before, so that its intent should be in the ledger; default `false`. */
  readonly redelivered?: boolean;
  /** Leaves an outcome with the job while the ledger can't be reached; default: nothing is left. */
  readonly keep?: KeepOutcome;
  /** What an earlier delivery of the same job left. */
  readonly kept?: KeptOutcome | null;
  /**
   * Asked once the intent is claimed, before its effect starts: the lease is renewed while the effect waits, and its deadline
   * counts from the end of the wait. `null`: at once, which is the default.
   */
  readonly mayPerform?: ((record: IntentRecord) => Promise<void> | null) | undefined;
  /** Called once the effect is over and before its outcome is recorded, by an effect that isn't part of the record. */
  readonly performed?: (() => void) | undefined;
  /** Told of what happens, for traces and metrics; default: nobody. */
  readonly watch?: DeliveryWatch;
}

/** The id of the intent that is delivered. */
export function idOf({ intent }: Pick<Delivery, 'intent'>): string {
  return 'id' in intent ? intent.id : intent.submission.id;
}
