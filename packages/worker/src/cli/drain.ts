import type { Log } from '@latchkey/core';
import type { RunningWorker } from '../worker/start-worker.ts';

/** How long a worker with nothing under way may take to say goodbye to database and queue, in milliseconds. */
const GOODBYE_MS = 5_000;
const LOOK_MS = 100;

/**
 * Lets a worker finish and record what is performing, then close its connections.
 *
 * What is performing is waited for as long as it takes: only this process knows what came of it. With nothing under
 * way there is nothing left to lose, so that a database or a queue that is away doesn't hold the process up.
 */
export async function drain(worker: Pick<RunningWorker, 'underWay' | 'close'>, log: Log): Promise<void> {
  let idleMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<'idle'>((resolve) => {
    timer = setInterval(() => {
      idleMs = worker.underWay() > 0 ? 0 : idleMs + LOOK_MS;
      if (idleMs >= GOODBYE_MS) resolve('idle');
    }, LOOK_MS);
  });
  try {
    const how = await Promise.race([worker.close(), idle]);
    if (how === 'idle')
      log.warn({}, 'left without a goodbye: database or queue is away, and nothing is under way');
  } catch (error) {
    // all that was performing is recorded by now; what failed is the closing of a connection
    log.warn({ err: error }, 'a connection did not close well');
  } finally {
    clearInterval(timer);
  }
}
