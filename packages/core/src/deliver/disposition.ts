import type { Answer } from '../answer.ts';
import type { LatchkeyError } from '../errors.ts';
import type { WaitReason } from './next-step.ts';

/** What a delivery came to; the queue's side turns it into the queue's own words. */
export type Disposition =
  /** The intent is finished, or in doubt until a person or the remote decides. */
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** Nothing to do yet: deliver again in `inMs` milliseconds, holding no slot meanwhile. */
  | { readonly kind: 'later'; readonly inMs: number; readonly why: WaitReason }
  /** The delivery itself is at fault; nothing was performed and nothing will be. */
  | { readonly kind: 'refused'; readonly error: LatchkeyError };
