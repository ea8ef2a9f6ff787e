import type { Contender } from '../contender.ts';
import { prepareOn, submitTo, workOn } from './latchkey.ts';

/** Latchkey with the queue in the ledger's own PostgreSQL; intents by `submitMany`. */
export const contender: Contender = {
  name: 'latchkey-postgres',
  title: 'Latchkey on PostgreSQL',
  protection: 'ledger',
  prepare: prepareOn('postgres'),
  produce: submitTo('postgres'),
  work: workOn('postgres'),
};
