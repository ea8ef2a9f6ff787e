// A worker of the unprotected side: a BullMQ processor as people write it, and the demo's fault hook.
import { runChild } from './child-main.ts';
import { openLineFile } from './line-file.ts';
import { type PlainJobData, plainEffects } from './plain-effects.ts';
import { openPlainQueue } from './plain-queue.ts';
import { CONCURRENCY, demoQueueTimes, type WorkerChildSettings } from './settings.ts';
import { victimHook } from './victim.ts';

await runChild<WorkerChildSettings>(async (settings, say) => {
  const delivered = openLineFile(settings.folder, `deliveries-${settings.name}`);
  const victim = victimHook(settings, say);
  const effect = plainEffects(settings);
  const queue = openPlainQueue(settings);
  const worker = await queue.startWorker(
    async (job) => {
      const data = job.data as PlainJobData;
      delivered({ key: data.key });
      await effect(job.name, data);
      await victim(data.key);
    },
    {
      concurrency: CONCURRENCY,
      lockDuration: demoQueueTimes.lockDurationMs,
      stalledInterval: demoQueueTimes.stalledIntervalMs,
    },
  );
  await say({ kind: 'ready' });
  return async () => {
    await worker.close();
    await queue.close();
  };
});
