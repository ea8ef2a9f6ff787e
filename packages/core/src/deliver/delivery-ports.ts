import type { Log } from '../action/effect.ts';
import type { Ending, Ledger } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import type { KeyWatch } from '../lint/watch/key-watch.ts';
import type { Clock } from '../perform/clock.ts';
import type { Hook } from '../perform/hooks.ts';
import type { Leases } from '../perform/leases.ts';
import type { Overdue } from './overdue.ts';

/** What the path of a delivery works with; all of it passed in. */
export interface DeliveryPorts {
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly clock: Clock;
  /** What its deliveries couldn't record yet. */
  readonly overdue: Overdue;
  readonly log: Log;
  /** Called at named points of the path; default: nothing is, and no delivery waits for it. */
  readonly hook?: Hook | undefined;
  /** Seals an ending of an encrypted intent for a place outside of the ledger; default: nothing is encrypted. */
  readonly seal?: (held: IntentRecord, ending: Ending) => Ending;
  /** Looks at new intents for signs of a bad key; default: nobody does. */
  readonly keyWatch?: KeyWatch;
  /** Makes a claimant that no other claim ever uses. */
  readonly newClaimant: () => string;
}
