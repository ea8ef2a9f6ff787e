import { messageOf, Unreachable } from '@latchkey/core';
import { Redis } from 'ioredis';
import { maskUrl } from './mask-url.ts';

/** Longest wait for Redis at the start, in milliseconds; a server that is up answers in a few. */
const LIMIT_MS = 4_000;

interface Fault {
  readonly matches: RegExp;
  readonly why: string;
  readonly todo: string;
}

/** The first that matches the error's code and message counts. */
const FAULTS: readonly Fault[] = [
  {
    matches: /ECONNREFUSED/,
    why: 'nothing listens there',
    todo: 'Start Redis, correct the host and port in REDIS_URL, or choose queue postgres, which needs no Redis',
  },
  { matches: /ENOTFOUND|EAI_AGAIN/, why: 'its host is not known', todo: 'Correct the host in REDIS_URL' },
  {
    matches: /WRONGPASS|invalid password/i,
    why: 'it refuses this user or password',
    todo: 'Correct them in REDIS_URL; special characters in a password are percent-encoded there',
  },
  {
    matches: /NOAUTH/,
    why: 'it asks for a password',
    todo: 'Add one to REDIS_URL, like redis://:password@host:6379',
  },
  { matches: /LOADING/, why: 'it is loading its data', todo: 'Try again in a moment' },
  {
    matches: /ETIMEDOUT|no answer/,
    why: `no answer within ${LIMIT_MS / 1000} seconds`,
    todo: 'Check the host and port in REDIS_URL: does Redis listen there, and does no firewall stand in between?',
  },
  {
    matches: /Connection is closed|ECONNRESET|EPIPE|RESP type|Protocol error/,
    why: "it doesn't answer like Redis",
    todo: 'Check the host and port in REDIS_URL, and whether it must be rediss:// (TLS)',
  },
];

/**
 * Connects to Redis, pings it and leaves again, within 5 seconds.
 *
 * @throws {Unreachable} saying why not, where (the password masked) and what to do.
 */
export async function reachRedis(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: LIMIT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false, // it would wait until the data is loaded
  });
  let reason: unknown;
  // the calls below only say that the connection is closed; why, comes as an event
  redis.on('error', (error: unknown) => {
    reason ??= error;
  });
  try {
    await within(LIMIT_MS, async () => {
      await redis.connect();
      await redis.ping();
    });
  } catch (error) {
    throw unreachable(redisUrl, reason ?? error);
  } finally {
    redis.disconnect();
  }
}

async function within(limitMs: number, work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no answer')), limitMs);
  try {
    await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(redisUrl: string, error: unknown): Unreachable {
  const { code } = error as { code?: unknown };
  const said = `${typeof code === 'string' ? `${code} ` : ''}${messageOf(error)}`;
  const fault = FAULTS.find(({ matches }) => matches.test(said));
  const { why, todo } = fault ?? { why: messageOf(error), todo: 'Correct REDIS_URL, or the server' };
  const named = typeof code === 'string' ? `${why} (${code})` : why;
  // no cause: an error of ioredis carries the command, and the command the password
  return new Unreachable(`Redis at ${maskUrl(redisUrl)} can't be used: ${named}. ${todo}.`);
}
