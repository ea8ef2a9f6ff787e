import type { Performed } from '../action/effect.ts';
import { Declined, NotPerformed } from '../errors.ts';

/** What is known of the effect after one attempt. */
export type Outcome =
  | { readonly kind: 'performed'; readonly performed: Performed }
  | { readonly kind: 'not-performed'; readonly error: NotPerformed }
  | { readonly kind: 'declined'; readonly error: Declined }
  | { readonly kind: 'ambiguous'; readonly error: unknown };

/**
 * Sorts what an effect threw by what it proves.
 *
 * Only `NotPerformed` and `Declined` are proof; whatever else is thrown, the effect may have happened.
 */
export function sortThrown(error: unknown): Outcome {
  if (error instanceof NotPerformed) return { kind: 'not-performed', error };
  if (error instanceof Declined) return { kind: 'declined', error };
  return { kind: 'ambiguous', error };
}
