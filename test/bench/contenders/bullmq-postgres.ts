import { createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import type { Contender } from '../contender.ts';
import { plainProducer, running } from './bullmq.ts';

const { Queue, Worker } = withBackend(createPostgresBackend);

/** BullMQ on its PostgreSQL backend as it is. */
export const contender: Contender = {
  name: 'bullmq-postgres',
  title: 'BullMQ on PostgreSQL',
  protection: 'none',

  async prepare({ databaseUrl }) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await runMigrations(client, 'bullmq');
    await client.end();
  },

  async produce({ queue: name, databaseUrl }) {
    const queue = new Queue(name, {
      connection: { connectionString: databaseUrl, max: 10 },
      defaultJobOptions: { removeOnComplete: true },
    });
    return plainProducer(queue);
  },

  async work({ queue, databaseUrl, concurrency }, effect, acknowledged) {
    const worker = new Worker<{ job: number }>(queue, (job) => effect(job.data.job), {
      connection: { connectionString: databaseUrl, max: 10 },
      concurrency,
      removeOnComplete: { count: 0 },
    });
    return running(worker, acknowledged);
  },
};
