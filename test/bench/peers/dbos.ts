import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Contender } from '../contender.ts';

const applicationName = 'bench';
const workflowName = 'job';
const poolSize = 20;
/** Enqueueings under way at once. */
const enqueueings = 200;

/**
 * DBOS with a workflow of one step a job; the workflow's id is the job's key, and the step's recorded outcome is what
 * keeps the effect from being repeated.
 */
export const contender: Contender = {
  name: 'dbos',
  title: 'DBOS 5',
  protection: 'workflow id, and the recorded outcome of a step',

  async prepare(setting) {
    await DBOS.migrate(setting.databaseUrl);
  },

  async produce(setting) {
    const client = await DBOSClient.create({
      systemDatabaseUrl: setting.databaseUrl,
      systemDatabasePoolSize: poolSize,
      applicationName,
    });
    const add = async (job: number): Promise<void> => {
      const workflowID = `${setting.queue}-${job}`;
      await client.enqueue({ queueName: setting.queue, workflowName, workflowID }, job);
    };
    return {
      async addMany(from, to) {
        for (let next = from; next < to; next += enqueueings) {
          const length = Math.min(enqueueings, to - next);
          await Promise.all(Array.from({ length }, (_, index) => add(next + index)));
        }
      },
      add,
      close: () => client.destroy(),
    };
  },

  async work(setting, effect, acknowledged) {
    DBOS.setConfig({
      name: applicationName,
      systemDatabaseUrl: setting.databaseUrl,
      systemDatabasePoolSize: poolSize,
      executorID: `worker-${process.pid}`,
      applicationVersion: 'bench',
      listenQueues: [setting.queue],
      logLevel: 'error',
    });
    DBOS.registerWorkflow(
      async (job: number) => {
        await DBOS.runStep(() => effect(job), { name: 'effect' });
        acknowledged(job);
      },
      { name: workflowName },
    );
    await DBOS.launch();
    await DBOS.registerQueue(setting.queue, {
      workerConcurrency: setting.concurrency,
      minPollingIntervalMs: 10,
    });
    // the next round registers the workflow anew, in a process that is warm
    return { close: () => DBOS.shutdown({ deregister: true }) };
  },
};
