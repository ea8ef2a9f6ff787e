// A worker of the protected side: what `latchkey worker` starts, and the demo's fault hook.
import { startWorker } from '@latchkey/worker';
import { pino } from 'pino';
import { runChild } from './child-main.ts';
import { openLineFile } from './line-file.ts';
import { actionsFor, CONCURRENCY, demoQueueTimes, demoSweep, type WorkerChildSettings } from './settings.ts';
import { victimHook } from './victim.ts';

await runChild<WorkerChildSettings>(async (settings, say) => {
  const delivered = openLineFile(settings.folder, `deliveries-${settings.name}`);
  const victim = victimHook(settings, say);
  const { databaseUrl, redisUrl, queue, queueName, name } = settings;
  const worker = await startWorker({
    databaseUrl,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    queue,
    queueName,
    name,
    actions: await actionsFor(settings.effects),
    concurrency: CONCURRENCY,
    ...demoQueueTimes,
    sweep: demoSweep,
    log: pino({ name, level: 'warn' }),
    hook: async (point, intentId) => {
      if (point === 'delivered') delivered({ intentId });
      if (point === 'performed') await victim(intentId);
    },
  });
  await say({ kind: 'ready' });
  return () => worker.close();
});
