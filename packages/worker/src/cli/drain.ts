import type { Log } from '@latchkey/core';
import { saysGoodbye } from '../worker/goodbye.ts';
import type { RunningWorker } from '../worker/start-worker.ts';

/**
 * Lets a worker finish and record what is performing, then close its connections.
 *
 * With nothing at risk, a database or a queue that is away doesn't hold the process up.
 */
export async function drain(worker: Pick<RunningWorker, 'atRisk' | 'close'>, log: Log): Promise<void> {
  try {
    if (await saysGoodbye(worker.close(), worker.atRisk)) return;
    log.warn({}, 'left without a goodbye: database or queue is away, and nothing is at risk');
  } catch (error) {
    // all that was performing is recorded by now; what failed is the closing of a connection
    log.warn({ err: error }, 'a connection did not close well');
  }
}
