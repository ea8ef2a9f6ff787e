import { messageOf, Unreachable } from '@latchkey/core';
import { openRedisOnce, type RedisClient } from '../redis/open-redis.ts';
import { within } from '../within.ts';
import { sentence } from './faults.ts';
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
    matches: /sentinel .*(?:NOAUTH|WRONGPASS)/,
    why: 'its Sentinels ask for a password of their own',
    todo: 'Add ?sentinel_password=… to REDIS_URL, or correct the ports of the Sentinels (26379 unless set)',
  },
  {
    matches: /sentinel .*Connection is closed/,
    why: 'no Sentinel answers there',
    todo: 'Start the Sentinels, or correct their hosts and ports in REDIS_URL',
  },
  {
    matches: /invalid reply: null|No such master/,
    why: 'its Sentinels know no master of that name',
    todo: 'Correct the name after the hosts in REDIS_URL',
  },
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
  {
    matches: /unknown command .sentinel/i,
    why: 'what answers there is no Sentinel',
    todo: "Name the Sentinels' own ports in REDIS_URL (26379 unless set), or write redis:// for a single server",
  },
  {
    matches: /cluster support disabled|unknown command .cluster/i,
    why: 'it is a single server and no cluster',
    todo: 'Write redis:// instead of redis+cluster:// in REDIS_URL',
  },
  {
    matches: /CLUSTERDOWN/,
    why: 'the cluster is down: it has too few masters, or slots that nobody serves',
    todo: 'Look at `CLUSTER INFO` and `CLUSTER NODES`',
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
 * Connects to Redis, asks something and leaves again, within 5 seconds.
 *
 * @throws {Unreachable} saying why not, where (the password masked) and what to do.
 */
export async function reachRedis<T>(redisUrl: string, ask: (redis: RedisClient) => Promise<T>): Promise<T> {
  const redis = openRedisOnce(redisUrl, { connectTimeoutMs: LIMIT_MS });
  let reason: unknown;
  const note = (error: unknown): void => {
    reason ??= error;
  };
  // the calls below only say that the connection is closed; why, comes as an event
  for (const event of ['error', 'node error', 'sentinelError'] as const) {
    redis.on(event, note);
  }
  redis.on('+node', (node: RedisClient) => node.on('error', note));
  try {
    const asked = redis.connect().then(() => ask(redis));
    return await within(LIMIT_MS, asked, noAnswer);
  } catch (error) {
    throw unreachable(redisUrl, reason ?? error);
  } finally {
    redis.disconnect();
  }
}

function noAnswer(): never {
  throw new Error('no answer');
}

function unreachable(redisUrl: string, error: unknown): Unreachable {
  const { code } = error as { code?: unknown };
  const said = `${typeof code === 'string' ? `${code} ` : ''}${messageOf(error)}`;
  const fault = FAULTS.find(({ matches }) => matches.test(said));
  const { why, todo } = fault ?? { why: messageOf(error), todo: 'Correct REDIS_URL, or the server' };
  const named = typeof code === 'string' ? `${why} (${code})` : why;
  // no cause: an error of ioredis carries the command, and the command the password
  return new Unreachable(`Redis at ${maskUrl(redisUrl)} can't be used: ${named}. ${sentence(todo)}`);
}
