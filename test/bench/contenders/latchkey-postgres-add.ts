import type { Contender } from '../contender.ts';
import { contender as bullmq } from './bullmq-postgres.ts';
import { prepareOn, workOn } from './latchkey.ts';

/** Plain jobs on the PostgreSQL queue. */
export const contender: Contender = {
  name: 'latchkey-postgres-add',
  title: 'Latchkey on PostgreSQL, queue.add',
  protection: 'ledger',
  prepare: prepareOn('postgres'),
  produce: bullmq.produce,
  work: workOn('postgres'),
};
