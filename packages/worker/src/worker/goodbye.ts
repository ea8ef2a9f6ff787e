/** How long a connection may take to close while nothing is under way, in milliseconds. */
const GOODBYE_MS = 5_000;
const LOOK_MS = 100;

/**
 * Waits for the closing of connections: as long as it takes while something is under way, and five seconds once nothing
 * is. Answers whether they closed.
 *
 * What performs is waited for because only this process knows what came of it. With nothing under way there is nothing
 * to lose, and a store that is away must hold nobody up: a Redis client that is told to close while it reconnects never
 * says that it did, even if Redis comes back.
 */
export async function saysGoodbye(closed: Promise<unknown>, underWay: () => number): Promise<boolean> {
  let idleMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<false>((resolve) => {
    timer = setInterval(() => {
      idleMs = underWay() > 0 ? 0 : idleMs + LOOK_MS;
      if (idleMs >= GOODBYE_MS) resolve(false);
    }, LOOK_MS);
  });
  try {
    return await Promise.race([closed.then(() => true), idle]);
  } finally {
    clearInterval(timer);
  }
}
