/** Entry of a producer process: submits at a constant rate until it is told to finish, and writes down all it hears. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@latchkey/worker';
import { openLineFile } from '../../packages/examples/src/demo/line-file.ts';
import { plainQueue } from '../worker/setup/plain-queue.ts';
import type { ProducerConfig } from './child.ts';
import { childConfig, obey, say } from './child-main.ts';
import { Producer } from './producer.ts';
import { soakActions } from './soak-actions.ts';
import { warnings } from './warnings.ts';

/** Longest wait for what is under way in the end, in milliseconds. */
const FINISH_MS = 30_000;

const { name, folder, settings, remotes, rate, seed } = childConfig<ProducerConfig>();
const actions = soakActions(remotes);
const client = await connect({ ...settings, actions, log: warnings });
const queue = plainQueue({ redisUrl: '', ...settings });
const producer = new Producer({
  name,
  client,
  queue,
  actions,
  seed,
  note: openLineFile(folder, `said-${name}`),
});

const ticking = setInterval(() => producer.act(), 1_000 / rate);
obey((order) => {
  if (order.order !== 'finish') return;
  clearInterval(ticking);
  void Promise.race([producer.finish(), sleep(FINISH_MS)]).then(() => process.exit(0));
});
await say({ kind: 'ready' });
