import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/** A signal to a whole process group comes once by itself and once passed on by npm, within some milliseconds. */
const SAME_MS = 300;

/** Who hears of the first signal, and of the second; default: nobody. */
export interface Hearing {
  readonly first?: (signal: Signal) => void;
  readonly second?: (signal: Signal) => void;
}

/** Aborts at the first signal, so that a command ends in good order; ends the process at the second. */
export function stopOnSignals({ first, second }: Hearing = {}): AbortSignal {
  const stop = new AbortController();
  let since = 0;
  const hear = (signal: Signal): void => {
    if (stop.signal.aborted) {
      if (performance.now() - since < SAME_MS) return;
      second?.(signal);
      process.exit(128 + constants.signals[signal]);
    }
    since = performance.now();
    first?.(signal);
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return stop.signal;
}
