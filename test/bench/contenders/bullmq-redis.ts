import { Queue, Worker } from 'bullmq';
import type { Contender } from '../contender.ts';
import { plainProducer, running } from './bullmq.ts';
import { redisConnection } from './redis-connection.ts';

/** BullMQ on Redis as it is: what every other contender is measured against. */
export const contender: Contender = {
  name: 'bullmq-redis',
  title: 'BullMQ on Redis',
  protection: 'none',

  async produce({ queue: name, redisUrl }) {
    const queue = new Queue(name, {
      connection: redisConnection(redisUrl),
      defaultJobOptions: { removeOnComplete: true },
    });
    return plainProducer(queue);
  },

  async work({ queue, redisUrl, concurrency }, effect, acknowledged) {
    const worker = new Worker<{ job: number }>(queue, (job) => effect(job.data.job), {
      connection: redisConnection(redisUrl),
      concurrency,
      removeOnComplete: { count: 0 },
    });
    return running(worker, acknowledged);
  },
};
