import type { State } from '../states.ts';
import type { Verdict } from './ledger.ts';

/** What each verdict leads to, and what the history calls it. */
export const VERDICTS: Record<Verdict, { readonly to: State; readonly event: string }> = {
  approve: { to: 'pending', event: 'approved' },
  reject: { to: 'rejected', event: 'rejected' },
  expire: { to: 'expired', event: 'expired' },
  cancel: { to: 'cancelled', event: 'cancelled' },
  stale: { to: 'failed', event: 'failed' },
};
