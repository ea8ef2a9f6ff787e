/** Entry of a worker process that is traced; it dies at its first effect where it is told to. */
import { startWorker } from '@latchkey/worker';
import { registerSdk } from './sdk.ts';
import { tracedAction } from './traced-action.ts';

const { settings, collectorUrl, remoteUrl, dies } = JSON.parse(process.env.TRACED ?? '');
const sdk = registerSdk(collectorUrl);
const worker = await startWorker({
  ...settings,
  lockDurationMs: 2_000,
  stalledIntervalMs: 500,
  actions: [tracedAction(remoteUrl)],
  tracing: true,
  hook: async (point) => {
    if (!dies || point !== 'claimed') return;
    await new Promise((resolve) => setTimeout(resolve, 300)); // what ended before is exported
    process.kill(process.pid, 'SIGKILL');
  },
});
process.send?.({ ready: true });
process.once('disconnect', async () => {
  await worker.close();
  await sdk.shutdown();
  process.exit(0);
});
