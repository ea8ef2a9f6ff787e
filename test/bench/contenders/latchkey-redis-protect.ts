import { openRuntime, protect } from '@latchkey/worker';
import { Worker } from 'bullmq';
import type { Contender } from '../contender.ts';
import { benchAction } from './bench-action.ts';
import { running } from './bullmq.ts';
import { contender as bullmq } from './bullmq-redis.ts';
import { errorsOnly } from './errors-only.ts';
import { prepareLedger } from './latchkey.ts';
import { redisConnection } from './redis-connection.ts';

/** A BullMQ worker of one's own, whose processor `protect` wraps. */
export const contender: Contender = {
  name: 'latchkey-redis-protect',
  title: 'BullMQ worker with protect()',
  protection: 'ledger',
  prepare: prepareLedger,
  produce: bullmq.produce,

  async work({ queue, redisUrl, databaseUrl, concurrency }, effect, acknowledged) {
    const runtime = await openRuntime({ databaseUrl, log: errorsOnly });
    const worker = new Worker<{ job: number }>(queue, protect(benchAction(effect), runtime), {
      connection: redisConnection(redisUrl),
      concurrency,
      removeOnComplete: { count: 0 },
    });
    return running(worker, acknowledged, () => runtime.close());
  },
};
