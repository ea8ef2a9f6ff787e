import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Contender, Setting } from '../contender.ts';

const applicationName = 'bench';
const workflowName = 'job';
const poolSize = 20;
/** Enqueueings under way at once: there is no call for several. */
const enqueueings = 200;

/**
 * DBOS with a workflow of one step a job; the workflow's id is the job's key (page "DBOS Client"), and the step's
 * recorded outcome is what keeps the effect from being repeated. The queue's `workerConcurrency` is the bench's (page
 * "Queues & Concurrency"), it is polled a hundred times a second where the default is once, for at most so many
 * workflows at a time, and the pool of connections is twice the default. By its own documentation, DBOS does some 1,000
 * workflows or steps a second for each core that PostgreSQL has (page "Sharding"): one workflow and one step here.
 */
export const contender: Contender = {
  name: 'dbos',
  title: 'DBOS 5',
  protection: 'workflow id, and the recorded outcome of a step',

  async prepare(setting) {
    await DBOS.migrate(setting.databaseUrl);
  },

  async produce(setting) {
    const client = await connect(setting);
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
        // The outcome is durable, and the effect won't be repeated; the workflow's own end follows.
        acknowledged(job);
      },
      { name: workflowName },
    );
    // Registered before the launch, or the queue would be found up to a second after it.
    const client = await connect(setting);
    await client.registerQueue(setting.queue, {
      workerConcurrency: setting.concurrency,
      minPollingIntervalMs: 10,
    });
    await DBOS.launch();
    return {
      async close() {
        // A worker of another round may follow in this process, and registers its workflow anew.
        await DBOS.shutdown({ deregister: true });
        // Not before: a client that is destroyed right after it was made leaves a connection behind.
        await client.destroy();
      },
    };
  },
};

function connect(setting: Setting): Promise<DBOSClient> {
  return DBOSClient.create({
    systemDatabaseUrl: setting.databaseUrl,
    systemDatabasePoolSize: poolSize,
    applicationName,
  });
}
