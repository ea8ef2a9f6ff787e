import type { Contender } from '../contender.ts';
import { contender as bullmq } from './bullmq-redis.ts';
import { prepareOn, workOn } from './latchkey.ts';

/** Plain jobs of any producer's: the worker writes the intent and claims it in one step. */
export const contender: Contender = {
  name: 'latchkey-redis-add',
  title: 'Latchkey on Redis, queue.add',
  protection: 'ledger',
  prepare: prepareOn('redis'),
  produce: bullmq.produce,
  work: workOn('redis'),
};
