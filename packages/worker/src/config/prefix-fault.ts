import { parseRedisUrl } from '../redis/redis-address.ts';
import { DEFAULTS } from './settings.ts';

/** What decides where the keys of a queue lie. */
export interface KeyPlaces {
  readonly redisUrl?: string | undefined;
  readonly prefix?: string | undefined;
  readonly queueName?: string | undefined;
}

/**
 * Says what is wrong with a prefix for Redis Cluster, where all keys of a queue have to be in one slot, and without
 * braces aren't: BullMQ's scripts would fail for ever with CROSSSLOT.
 *
 * No default is made up: whoever adds plain BullMQ jobs has to use the same prefix, so that somebody must name it.
 */
export function prefixFault(label: string, places: KeyPlaces): string | undefined {
  const { redisUrl, prefix = DEFAULTS.prefix, queueName = DEFAULTS.queueName } = places;
  if (redisUrl === undefined || !isCluster(redisUrl) || hasHashTag(`${prefix}:${queueName}`))
    return undefined;
  const inBraces = `{${prefix.replaceAll(/[{}]/g, '')}}`;
  return (
    `${label}: ${JSON.stringify(prefix)} doesn't work on Redis Cluster, which keeps the keys of a queue together only ` +
    `by braces; set it to ${inBraces}, here and in every producer that adds BullMQ jobs`
  );
}

function isCluster(redisUrl: string): boolean {
  try {
    return parseRedisUrl(redisUrl).kind === 'cluster';
  } catch {
    return false; // said of the URL itself
  }
}

/** Redis hashes only what is between the first brace and the next closing one, unless nothing is. */
function hasHashTag(key: string): boolean {
  return /^[^{]*\{[^}]+\}/.test(key);
}
