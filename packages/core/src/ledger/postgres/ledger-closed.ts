import { LatchkeyError } from '../../errors.ts';

/** Says that the ledger was closed before this request could be settled. */
export function ledgerClosed(): LatchkeyError {
  return new LatchkeyError(
    'LEDGER_CLOSED',
    'the ledger is closed; what was under way is settled by the next delivery',
  );
}
