import { LatchkeyError, Unreachable } from '@latchkey/core';
import { reachPostgres } from './reach-postgres.ts';
import { reachRedis } from './reach-redis.ts';

/**
 * Looks whether all that a process starts on is there, so that a wrong address fails the start instead of hanging it.
 *
 * Only the start is checked: what goes away later is waited for.
 *
 * @throws {Unreachable} naming everything that can't be reached.
 */
export async function checkReachable(places: {
  readonly databaseUrl: string;
  /** Left out where the queue is on PostgreSQL. */
  readonly redisUrl?: string | undefined;
}): Promise<void> {
  const { databaseUrl, redisUrl } = places;
  const looked = await Promise.allSettled([
    reachPostgres(databaseUrl),
    redisUrl === undefined ? undefined : reachRedis(redisUrl),
  ]);
  const reasons = looked.filter((one) => one.status === 'rejected').map(({ reason }) => reason as unknown);
  const unexpected = reasons.find((reason) => !(reason instanceof LatchkeyError));
  if (unexpected !== undefined) throw unexpected;
  const [first, second] = reasons as LatchkeyError[];
  if (first === undefined) return;
  throw second === undefined
    ? first
    : new Unreachable(`${first.message}\n${second.message}`, { cause: first });
}
