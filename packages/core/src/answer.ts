import type { StoredError } from './errors.ts';
import type { State } from './states.ts';

/**
 * What any delivery of an intent gets back.
 *
 * `status` is the intent's state, with one exception: a replay after the replay window is answered
 * `expired`, whatever the outcome was, because the stored answer is gone.
 */
export interface Answer<R = unknown> {
  readonly intentId: string;
  readonly key: string;
  readonly action: string;
  readonly status: State;
  readonly result?: R;
  /** The id that the remote gave to what was created. */
  readonly externalId?: string;
  readonly externalUrl?: string;
  readonly error?: StoredError;
  /** `false` only for the delivery, or the submission, that caused the effect. */
  readonly replayed: boolean;
  /** Only where a person had it performed once more: which time this is, from 2. */
  readonly generation?: number;
  /** Number of the attempt that led to this outcome; 0 when none was made. */
  readonly attempt: number;
  /** Paths of the free fields in which this submission differs from the first. */
  readonly drift?: readonly string[];
  /** ISO 8601, the database's clock; `null` while in doubt. */
  readonly completedAt: string | null;
}
