import { constants } from 'node:os';

/** A signal that ends the demo early. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** 128 and the signal's number, as shells have it. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Turns the first Ctrl-C, SIGTERM or SIGHUP into an abort, after which the demo cleans up; a second one ends the process
 * at once, and what still runs ends with it.
 */
export function watchInterruption(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const interrupted = new Interrupted(signal);
      if (abort.signal.aborted) process.exit(interrupted.exitCode);
      abort.abort(interrupted);
    });
  }
  return abort.signal;
}
