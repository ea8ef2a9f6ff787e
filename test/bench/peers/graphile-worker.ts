import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import type { Contender, Setting } from '../contender.ts';

/** Jobs in one call of `add_jobs`. */
const addSize = 1000;

/** Only what went wrong is printed: a line for each job that went well would be most of the work. */
const logger = new Logger(() => (level, message) => {
  if (level === 'error') console.error(message);
});

/**
 * graphile-worker as its page "Performance" has it: `addJobs` adds many jobs at once, the local queue fetches many at
 * once, and completions are batched without waiting for more of them; few connections are enough then. New jobs are told by LISTEN/NOTIFY, so that the
 * polling interval, which is for jobs of a later time, stays as it is.
 */
export const contender: Contender = {
  name: 'graphile-worker',
  title: 'graphile-worker 0.18',
  protection: 'none: a job that is delivered again runs again',

  async prepare(setting) {
    const utils = await makeWorkerUtils({
      preset: { worker: { connectionString: setting.databaseUrl, logger } },
    });
    await utils.migrate();
    await utils.release();
  },

  async produce(setting) {
    const utils = await makeWorkerUtils({
      preset: { worker: { connectionString: setting.databaseUrl, logger } },
    });
    return {
      async addMany(from, to) {
        for (let next = from; next < to; next += addSize) {
          const length = Math.min(addSize, to - next);
          await utils.addJobs(
            Array.from({ length }, (_, index) => ({
              identifier: setting.queue,
              payload: { job: next + index },
            })),
          );
        }
      },
      async add(job) {
        await utils.addJob(setting.queue, { job });
      },
      close: async () => utils.release(),
    };
  },

  async work(setting, effect, acknowledged) {
    const runner = await run({
      preset: { worker: workerOptions(setting) },
      noHandleSignals: true,
      parsedCronItems: [],
      taskList: {
        [setting.queue]: async (payload) => {
          const { job } = payload as { job: number };
          await effect(job);
          // Completed with the next batch, in the turn of the event loop that follows: this is a little early.
          acknowledged(job);
        },
      },
    });
    return { close: () => runner.stop() };
  },
};

function workerOptions(setting: Setting): GraphileConfig.WorkerOptions {
  return {
    connectionString: setting.databaseUrl,
    concurrentJobs: setting.concurrency,
    maxPoolSize: 20,
    localQueue: { size: Math.max(500, 5 * setting.concurrency) },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    logger,
  };
}
