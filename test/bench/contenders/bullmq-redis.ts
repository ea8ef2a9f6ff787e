import { Queue, Worker } from 'bullmq';
import type { Contender } from '../contender.ts';
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
    await queue.waitUntilReady();
    return {
      async addMany(from, to) {
        await queue.addBulk(
          Array.from({ length: to - from }, (_, index) => ({ name: 'work', data: { job: from + index } })),
        );
      },
      async add(job) {
        await queue.add('work', { job });
      },
      close: () => queue.close(),
    };
  },

  async work({ queue, redisUrl, concurrency }, effect, acknowledged) {
    const worker = new Worker<{ job: number }>(queue, (job) => effect(job.data.job), {
      connection: redisConnection(redisUrl),
      concurrency,
      removeOnComplete: { count: 0 },
    });
    worker.on('completed', (job) => acknowledged(job.data.job));
    worker.on('error', (error) => console.error(error));
    await worker.waitUntilReady();
    return { close: () => worker.close() };
  },
};
