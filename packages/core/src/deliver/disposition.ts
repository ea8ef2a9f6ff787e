import type { Answer } from '../answer.ts';
import type { LatchkeyError } from '../errors.ts';
import type { WaitReason } from './next-step.ts';

/** What a delivery came to; the queue's side turns it into the queue's own words. */
export type Disposition =
  /**
   * The intent is finished, or in doubt until a person or the remote decides. `ended`: this very delivery finished it,
   * so that it falls to this one to call whoever waits for its turn behind it.
   */
  | { readonly kind: 'answer'; readonly answer: Answer; readonly ended: boolean }
  /** Nothing to do yet: deliver again in `inMs` milliseconds, holding no slot meanwhile. */
  | { readonly kind: 'later'; readonly inMs: number; readonly why: WaitReason }
  /** The delivery itself is at fault: it gets no answer. `ended` as above: it may have performed the first input. */
  | { readonly kind: 'refused'; readonly error: LatchkeyError; readonly ended: boolean };
