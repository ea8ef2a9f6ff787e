import type { ConnectionOptions } from 'bullmq';

/** How BullMQ reaches the Redis of the run; a worker's connection waits for a Redis that is away, as BullMQ asks for. */
export function redisConnection(redisUrl: string): ConnectionOptions {
  return { url: redisUrl, maxRetriesPerRequest: null };
}
