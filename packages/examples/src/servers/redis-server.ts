import { OwnRedis } from './own-redis.ts';
import { pingRedis } from './redis-ping.ts';
import { findRedisProgram } from './redis-program.ts';
import type { RunningRedis } from './running-redis.ts';

/** How to get a Redis. */
export interface RedisOptions {
  /** A server that runs already; the environment's `REDIS_URL` unless told, and an empty one counts as none. */
  readonly url?: string;
  /** Further arguments of `redis-server`, such as `['--appendonly', 'yes']`; they win over ours. */
  readonly flags?: readonly string[];
}

/**
 * Uses the Redis or Valkey that `REDIS_URL` names, or starts one of our own.
 *
 * Our own listens on a free port of the loopback address, never one that somebody may have a server on, asks for
 * a random password, keeps nothing on disk, evicts nothing, and ends with this process, even a killed one.
 *
 * @throws Error when the named server cannot be reached, or no server can be found or started
 */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const url = options.url ?? process.env.REDIS_URL;
  if (url) return useRunning(url);
  return OwnRedis.start(await findRedisProgram(), options.flags ?? []);
}

async function useRunning(url: string): Promise<RunningRedis> {
  const { host } = URL.canParse(url) ? new URL(url) : { host: 'an invalid address' };
  await pingRedis(url).catch((cause: Error) => {
    const advice = 'Start that server, or unset REDIS_URL to have one started for you.';
    throw new Error(`REDIS_URL names ${host}, which cannot be used (${cause.message}). ${advice}`, { cause });
  });
  const refuse = async (): Promise<never> => {
    throw new Error('This Redis was not started here: end it where it was started.');
  };
  return { url, pid: undefined, source: 'url', stop: async () => {}, kill: refuse, restart: refuse };
}
