/** Passing time within one process; injected, so that schedules can be replayed. Never compared across processes. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls `then` once after `ms` milliseconds; returns a way to call it off. Keeps no process alive. */
  after(ms: number, then: () => void): () => void;
}

/** The process's own monotonic clock. */
export const processClock: Clock = Object.freeze({
  now: () => performance.now(),
  after: (ms: number, then: () => void) => {
    const timer = setTimeout(then, Math.min(ms, 2_147_483_647));
    timer.unref();
    return () => clearTimeout(timer);
  },
});
