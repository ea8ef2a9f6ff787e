import { describe } from 'vitest';
import { callersTransactions } from './conformance/callers-transactions.ts';
import { claiming } from './conformance/claiming.ts';
import { deciding } from './conformance/deciding.ts';
import type { OpenLedger } from './conformance/ledger-under-test.ts';
import { purging } from './conformance/purging.ts';
import { recording } from './conformance/recording.ts';
import { rerunning } from './conformance/rerunning.ts';
import { searching } from './conformance/searching.ts';
import { storytelling } from './conformance/storytelling.ts';
import { submitting } from './conformance/submitting.ts';
import { sweeping } from './conformance/sweeping.ts';
import { takingTurns } from './conformance/taking-turns.ts';
import { transacting } from './conformance/transacting.ts';

/** What a ledger may leave out. */
export interface Offers {
  /** Callers' transactions, and transactional effects that roll back; default `true`. */
  readonly transactions?: boolean;
}

/** Holds a ledger to what the `Ledger` interface says; each ledger passes the same suite. */
export function ledgerConformance(
  name: string,
  open: OpenLedger,
  { transactions = true }: Offers = {},
): void {
  describe(name, () => {
    submitting(open);
    claiming(open);
    recording(open);
    deciding(open);
    rerunning(open);
    takingTurns(open);
    storytelling(open);
    sweeping(open);
    purging(open);
    searching(open);
    if (transactions) {
      callersTransactions(open);
      transacting(open);
    }
  });
}
