import type { Recorded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';

/** How a delivery came to its record: a first claim, or one taken over from a holder that fell silent or left a doubt. */
export type ClaimedHow = 'claim' | 'take-over';

/** A part of a delivery that takes time: the effect, the record of its ending, a question to the remote. */
export type Stage = 'effect' | 'record' | 'question';

/**
 * Watches one delivery; spans and metrics are made of what it is told. It changes nothing on the path, and must not
 * throw.
 */
export interface DeliveryWatch {
  /** The ledger answered a wish to claim, `tookMs` milliseconds after it was made. */
  found(record: IntentRecord, claimed: ClaimedHow | null, tookMs: number): void;
  /** Runs a stage; settles as it does. */
  during<T>(stage: Stage, body: () => Promise<T>): Promise<T>;
  /** An attempt, or a doubt, was ended; `stale` where another holder or ending was first. */
  ended(recorded: Recorded): void;
}

/** Watches nothing. */
export const unwatched: DeliveryWatch = {
  found: () => undefined,
  during: (_stage, body) => body(),
  ended: () => undefined,
};
