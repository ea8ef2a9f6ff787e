import type { Redis } from 'ioredis';

/**
 * Has a client hand the commands of one turn of the event loop to the kernel in one write instead of one each: a batch
 * of records that became durable together is acknowledged together. Nothing waits longer for it than its own turn, and
 * each command is still answered by itself, unlike with `enableAutoPipelining`.
 */
export function writeTogether(redis: Redis): Redis {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write;
    let corked = false;
    const uncork = () => {
      corked = false;
      stream.uncork();
    };
    stream.write = function (this: typeof stream, ...args: Parameters<typeof write>) {
      if (!corked) {
        corked = true;
        stream.cork();
        process.nextTick(uncork);
      }
      return write.apply(this, args);
    } as typeof write;
  });
  return redis;
}
