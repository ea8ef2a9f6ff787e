import { maskUrl } from '../config/mask-url.ts';
import { reachPostgres } from '../config/reach-postgres.ts';
import { reachRedis } from '../config/reach-redis.ts';
import { parseRedisUrl } from '../redis/redis-address.ts';
import { type Finding, judge, type Subject } from './check.ts';
import { CLOCK_CHECKS } from './clock-checks.ts';
import { POSTGRES_CHECKS } from './postgres-checks.ts';
import { readPostgresFacts } from './postgres-facts.ts';
import { REDIS_CHECKS } from './redis-checks.ts';
import { readRedisFacts } from './redis-facts.ts';

/** Reaches PostgreSQL and judges it. @throws {Unreachable} */
export async function examinePostgres(
  databaseUrl: string,
  /** Connections that this process may open at most. */
  needed: number,
): Promise<Finding[]> {
  const facts = await reachPostgres(databaseUrl, readPostgresFacts);
  const clocks = { server: 'PostgreSQL', aheadMs: facts.clockAheadMs, errorMs: facts.clockErrorMs } as const;
  return [
    reachable('postgresql', databaseUrl),
    ...judge(POSTGRES_CHECKS, { ...facts, needed }),
    ...judge(CLOCK_CHECKS, clocks),
  ];
}

/** Reaches Redis and judges it. @throws {Unreachable} */
export async function examineRedis(redisUrl: string): Promise<Finding[]> {
  const facts = await reachRedis(redisUrl, readRedisFacts);
  const clocks = { server: 'Redis', aheadMs: facts.clockAheadMs, errorMs: facts.clockErrorMs } as const;
  return [
    reachable('redis', redisUrl),
    ...judge(REDIS_CHECKS, { ...facts, reachedAs: parseRedisUrl(redisUrl).kind }),
    ...judge(CLOCK_CHECKS, clocks),
  ];
}

function reachable(subject: Subject, url: string): Finding {
  return { subject, check: 'reachable', acceptable: false, verdict: 'ok', found: maskUrl(url) };
}
