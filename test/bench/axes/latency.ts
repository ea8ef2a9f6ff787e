import type { Cell } from '../rounds/round.ts';
import type { Axis } from './axis.ts';

/** From just before a job is added until its acknowledgement, at an even pace. */
export const latency: Axis = {
  name: 'latency',
  title: 'Latency from end to end',
  cells({ quick }) {
    const contenders = quick
      ? ['bullmq-redis', 'latchkey-redis-add']
      : ['bullmq-redis', 'latchkey-redis', 'latchkey-redis-add'];
    const seconds = quick ? 3 : 10;
    return (quick ? [100] : [100, 1_000]).flatMap((perSecond) =>
      contenders.map((contender): Cell => {
        const jobs = perSecond * seconds;
        return {
          axis: 'latency',
          contender,
          kind: 'latency',
          concurrency: 50,
          effectMs: 0,
          workers: 1,
          jobs,
          perSecond,
        };
      }),
    );
  },
};
