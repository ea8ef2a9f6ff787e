import { connect, openRuntime, type QueueKind, startWorker } from '@latchkey/worker';
import type { Contender, Producer, Setting } from '../contender.ts';
import { benchAction, jobOf, performedElsewhere } from './bench-action.ts';
import { errorsOnly } from './errors-only.ts';

/** Where settings of a round lead Latchkey. */
export function placesOf({ databaseUrl, redisUrl, queue: queueName }: Setting, queue: QueueKind) {
  return {
    databaseUrl,
    queue,
    queueName,
    log: errorsOnly,
    ...(queue === 'redis' ? { redisUrl } : {}),
  };
}

/** Makes the tables of the ledger, and of BullMQ where it keeps its jobs beside them. */
export function prepareOn(queue: QueueKind): NonNullable<Contender['prepare']> {
  return async (setting) => {
    const action = performedElsewhere(benchAction);
    const client = await connect({ ...placesOf(setting, queue), actions: [action], migrate: true });
    await client.close();
  };
}

/** Makes the tables of the ledger alone. */
export async function prepareLedger({ databaseUrl }: Setting): Promise<void> {
  await (await openRuntime({ databaseUrl, log: errorsOnly, migrate: true })).close();
}

/** A worker of Latchkey's own. */
export function workOn(queue: QueueKind): Contender['work'] {
  return async (setting, effect, acknowledged) =>
    startWorker({
      ...placesOf(setting, queue),
      actions: [benchAction(effect)],
      concurrency: setting.concurrency,
      onAnswered: (answer) => acknowledged(jobOf(answer)),
    });
}

/** Intents submitted by the client: they are in the ledger before their jobs are in the queue. */
export function submitTo(queue: QueueKind): (setting: Setting) => Promise<Producer> {
  return async (setting) => {
    const action = performedElsewhere(benchAction);
    const client = await connect({ ...placesOf(setting, queue), actions: [action] });
    return {
      async addMany(from, to) {
        await client.submitMany(
          Array.from({ length: to - from }, (_, index) => ({ action, input: { job: from + index } })),
        );
      },
      async add(job) {
        await client.submit(action, { job });
      },
      close: () => client.close(),
    };
  };
}
