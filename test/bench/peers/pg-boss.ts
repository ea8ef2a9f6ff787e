import { PgBoss } from 'pg-boss';
import type { Contender, Setting } from '../contender.ts';

/** Jobs in one INSERT. */
const insertSize = 1000;
/** Jobs in one batch of a worker; there are at least two, so that one can fetch while the other performs. */
const batchSize = 100;
/** Woken by NOTIFY, and kept in a table of its own, which is for large queues. */
const queueOptions = { notify: true, partition: true };

/**
 * pg-boss with the means that its pages "Workers", "Queues" and "Jobs" name for throughput: `insert` adds many jobs at
 * once, several workers (`localConcurrency`) fetch and complete whole batches (`batchSize`), fetch the next without a
 * pause while batches are full (`burstWhenBatchFull`), and are woken by NOTIFY (`notify`, `useListenNotify`) instead of
 * at the next poll, which comes as often as is allowed.
 */
export const contender: Contender = {
  name: 'pg-boss',
  title: 'pg-boss 12',
  protection: 'none: a batch that is delivered again runs again',

  async prepare(setting) {
    await (await open(setting)).stop();
  },

  async produce(setting) {
    const boss = await open(setting);
    await boss.createQueue(setting.queue, queueOptions);
    return {
      async addMany(from, to) {
        for (let next = from; next < to; next += insertSize) {
          const length = Math.min(insertSize, to - next);
          await boss.insert(
            setting.queue,
            Array.from({ length }, (_, index) => ({ data: { job: next + index } })),
          );
        }
      },
      async add(job) {
        await boss.send(setting.queue, { job });
      },
      close: () => boss.stop(),
    };
  },

  async work(setting, effect, acknowledged) {
    const boss = await open(setting);
    await boss.createQueue(setting.queue, queueOptions);
    const size = Math.min(batchSize, Math.ceil(setting.concurrency / 2));
    await boss.work<{ job: number }>(
      setting.queue,
      {
        batchSize: size,
        localConcurrency: Math.floor(setting.concurrency / size),
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
      },
      async (jobs) => {
        await Promise.all(jobs.map(({ data }) => effect(data.job)));
        // The batch is completed as soon as this returns; pg-boss tells nobody when, so this is a little early.
        for (const { data } of jobs) acknowledged(data.job);
      },
    );
    return { close: () => boss.stop() };
  },
};

async function open(setting: Setting): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: setting.databaseUrl, max: 20, useListenNotify: true });
  boss.on('error', (error) => console.error(error));
  return boss.start();
}
