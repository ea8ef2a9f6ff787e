import type { Logger } from 'pino';
import { stopOnSignals } from './stop-on-signals.ts';

/**
 * Aborts at the first signal, so that the worker drains; ends the process at the second.
 *
 * To end at once is safe: what was performing counts as a dead worker's, and leases and tokens take care of it.
 */
export function leaveOnSignals(log: Logger): AbortSignal {
  return stopOnSignals({
    first: (signal) => log.info({ signal }, 'draining: takes no more jobs; a second signal leaves at once'),
    second: (signal) =>
      log.warn({ signal }, 'leaving at once; what is performing is settled by other workers'),
  });
}

/** Logs an exception or a rejection that nobody caught, and ends the process with 1: its state can't be trusted. */
export function logAndEndOnUncaught(log: Logger): void {
  // pino writes synchronously here, so that the line is out before the end
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'nobody caught this; the process ends');
    process.exit(1);
  });
}
