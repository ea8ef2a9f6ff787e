import { constants } from 'node:os';
import type { Logger } from 'pino';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Settles at the first signal, so that the worker drains; ends the process at the second.
 *
 * To end at once is safe: what was performing counts as a dead worker's, and leases and tokens take care of it.
 */
export function leaveOnSignals(log: Logger): Promise<Signal> {
  const first = Promise.withResolvers<Signal>();
  let leaving = false;
  const hear = (signal: Signal): void => {
    if (leaving) {
      log.warn({ signal }, 'leaving at once; what is performing is settled by other workers');
      process.exit(128 + constants.signals[signal]);
    }
    leaving = true;
    log.info({ signal }, 'draining: takes no more jobs; a second signal leaves at once');
    first.resolve(signal);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return first.promise;
}

/** Logs an exception or a rejection that nobody caught, and ends the process with 1: its state can't be trusted. */
export function logAndEndOnUncaught(log: Logger): void {
  // pino writes synchronously here, so that the line is out before the end
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'nobody caught this; the process ends');
    process.exit(1);
  });
}
