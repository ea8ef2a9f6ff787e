import { startConsole, startWorker } from '@latchkey/worker';
import { pino } from 'pino';
import type { Cleanup } from './cleanup.ts';
import { actionsFor, type ChildSettings, demoQueueTimes, demoSweep } from './settings.ts';

/** The console on the protected side; ends with the demo. */
export interface DemoConsole {
  readonly url: string;
  /** Settles once somebody ends the demo; meanwhile what people approve or replay is performed. */
  serve(signal: AbortSignal): Promise<void>;
}

/** Starts the console for as long as the demo runs, on any free port of this machine. */
export async function openDemoConsole(
  settings: Omit<ChildSettings, 'name'>,
  cleanup: Cleanup,
): Promise<DemoConsole> {
  const { databaseUrl, redisUrl, queue, queueName, effects } = settings;
  const actions = await actionsFor(effects);
  const log = pino({ level: 'silent' });
  const place = {
    databaseUrl,
    queue,
    queueName,
    actions,
    log,
    ...(redisUrl === undefined ? {} : { redisUrl }),
  };
  const { url, close } = await startConsole({ ...place, port: 0 });
  cleanup.defer(close);
  return {
    url,
    serve: async (signal) => {
      const worker = await startWorker({ ...place, ...demoQueueTimes, sweep: demoSweep, name: 'demo' });
      cleanup.defer(() => worker.close());
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  };
}
