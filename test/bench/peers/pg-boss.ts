import { PgBoss } from 'pg-boss';
import type { Contender, Setting } from '../contender.ts';

/** Jobs in one INSERT, and in one fetch of one of the workers. */
const insertSize = 1000;
const batchSize = 50;

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
    await boss.createQueue(setting.queue, { notify: true });
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
    await boss.createQueue(setting.queue, { notify: true });
    const size = Math.min(batchSize, Math.ceil(setting.concurrency / 4));
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
