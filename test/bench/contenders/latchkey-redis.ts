import type { Contender } from '../contender.ts';
import { prepareOn, submitTo, workOn } from './latchkey.ts';

/** Latchkey as it recommends itself: intents by `submitMany`, a worker by `startWorker`, the queue on Redis. */
export const contender: Contender = {
  name: 'latchkey-redis',
  title: 'Latchkey on Redis',
  protection: 'ledger',
  prepare: prepareOn('redis'),
  produce: submitTo('redis'),
  work: workOn('redis'),
};
