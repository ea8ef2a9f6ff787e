import { connect, startWorker } from '@latchkey/worker';
import type { Contender } from '../contender.ts';
import { contendedAction, jobOf, performedElsewhere } from './bench-action.ts';
import { placesOf, prepareOn } from './latchkey.ts';

const account = 'the-one';

/** Latchkey where all intents act on one entity, so that one performs at a time, in order. */
export const contender: Contender = {
  name: 'latchkey-contended',
  title: 'Latchkey, one shared entity',
  protection: 'ledger, serial entity',
  prepare: prepareOn('redis'),

  async produce(setting) {
    const action = performedElsewhere(contendedAction);
    const client = await connect({ ...placesOf(setting, 'redis'), actions: [action] });
    return {
      async addMany(from, to) {
        await client.submitMany(
          Array.from({ length: to - from }, (_, index) => ({
            action,
            input: { job: from + index, account },
          })),
        );
      },
      async add(job) {
        await client.submit(action, { job, account });
      },
      close: () => client.close(),
    };
  },

  async work(setting, effect, acknowledged) {
    return startWorker({
      ...placesOf(setting, 'redis'),
      actions: [contendedAction(effect)],
      concurrency: setting.concurrency,
      onAnswered: (answer) => acknowledged(jobOf(answer)),
    });
  },
};
