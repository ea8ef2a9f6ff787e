/** How long a connection may take to close while nothing is at risk, in milliseconds. */
const GOODBYE_MS = 5_000;
const LOOK_MS = 100;
/** How often who waits is told for what, in milliseconds. */
const TELL_MS = 10_000;

/**
 * Waits for the closing of connections: as long as it takes while something is at risk, and five seconds once nothing is.
 * Answers whether they closed.
 *
 * What performs is waited for because only this process will know what came of it, and what was performed until its outcome
 * is recorded, or left with its job. With nothing at risk there is nothing to lose, and a store that is away must hold
 * nobody up: a Redis client that is told to close while it reconnects never says that it did, even if Redis comes back.
 *
 * @param waiting told every ten seconds how many jobs are at risk; default: nobody is
 */
export async function saysGoodbye(
  closed: Promise<unknown>,
  atRisk: () => number,
  waiting?: (jobs: number) => void,
): Promise<boolean> {
  let idleMs = 0;
  let waitedMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<false>((resolve) => {
    timer = setInterval(() => {
      const jobs = atRisk();
      idleMs = jobs > 0 ? 0 : idleMs + LOOK_MS;
      waitedMs += LOOK_MS;
      if (jobs > 0 && waitedMs % TELL_MS === 0) waiting?.(jobs);
      if (idleMs >= GOODBYE_MS) resolve(false);
    }, LOOK_MS);
  });
  try {
    return await Promise.race([closed.then(() => true), idle]);
  } finally {
    clearInterval(timer);
  }
}
