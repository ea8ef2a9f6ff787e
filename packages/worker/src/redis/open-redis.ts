import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisAddress } from './redis-address.ts';

/** A client of one server, of a cluster, or of the master that Sentinels know. */
export type RedisClient = Redis | Cluster;

type Options = Omit<RedisOptions, 'replyMapping'>;

/** What the reachability check changes: it fails at once where a queue waits. */
export interface RedisTries {
  readonly connectTimeoutMs: number;
}

/**
 * How often and after which pause a command is sent again while a cluster elects another master, in milliseconds:
 * a minute in all, which outlasts the election even where `cluster-node-timeout` is its default, 15 seconds.
 */
const CLUSTER_PATIENCE = {
  maxRedirections: 240,
  retryDelayOnFailover: 250,
  retryDelayOnClusterDown: 250,
  retryDelayOnTryAgain: 250,
  retryDelayOnMoved: 50,
  /** A master that hangs answers nothing: what the others say about it ends the wait. */
  slotsRefreshInterval: 5_000,
  slotsRefreshTimeout: 2_000,
};

/** Longest wait for one Sentinel's answer before the next is asked, in milliseconds. */
const SENTINEL_MS = 2_000;

/**
 * Silence after which a connection that owes an answer counts as lost, in milliseconds; the command is sent again on
 * the next one. Longer than the 10 s for which BullMQ waits for a job at most.
 */
const SILENCE_MS = 15_000;

/** Opens a client that waits for a server that is away, as long as it takes. */
export function openRedis(redisUrl: string): RedisClient {
  const address = parseRedisUrl(redisUrl);
  const patient: Options = { maxRetriesPerRequest: null, socketTimeout: SILENCE_MS }; // BullMQ asks for the first
  if (address.kind === 'cluster') {
    return new Cluster([...address.nodes], {
      ...CLUSTER_PATIENCE,
      redisOptions: { ...accessOf(address), ...patient },
      ...(address.tls ? { dnsLookup: keepName } : {}),
    });
  }
  return openOne(address, patient);
}

/** Opens a client that connects when told, and then tries once. */
export function openRedisOnce(redisUrl: string, { connectTimeoutMs }: RedisTries): RedisClient {
  const address = parseRedisUrl(redisUrl);
  const impatient: Options = {
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false, // it would wait until the data is loaded
  };
  if (address.kind === 'cluster') {
    return new Cluster([...address.nodes], {
      lazyConnect: true,
      clusterRetryStrategy: () => null,
      enableReadyCheck: false,
      maxRedirections: 2,
      slotsRefreshTimeout: connectTimeoutMs,
      redisOptions: { ...accessOf(address), ...impatient },
      ...(address.tls ? { dnsLookup: keepName } : {}),
    });
  }
  return openOne(address, { ...impatient, lazyConnect: true, retryStrategy: () => null });
}

function openOne(address: Exclude<RedisAddress, { kind: 'cluster' }>, options: Options): Redis {
  if (address.kind === 'single') return new Redis(address.url, options);
  const { sentinels, name, db, sentinelAccount } = address;
  return new Redis({
    ...accessOf(address),
    ...options,
    sentinels: sentinels.map((place) => ({ ...place })),
    name,
    db,
    // a master that hangs keeps its connections: the Sentinels' word ends them
    failoverDetector: true,
    sentinelCommandTimeout: SENTINEL_MS,
    // one that was replaced while it was connected takes no writes any more: ask the Sentinels again, and resend
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...(options.retryStrategy === undefined ? {} : { sentinelRetryStrategy: () => null }),
    ...(sentinelAccount.username === undefined ? {} : { sentinelUsername: sentinelAccount.username }),
    ...(sentinelAccount.password === undefined ? {} : { sentinelPassword: sentinelAccount.password }),
    ...(address.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  });
}

function accessOf({ username, password, tls }: RedisAddress): Options {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
}

/** A certificate is made out to a name, so that the name stays instead of the address behind it. */
function keepName(host: string, done: (error: null, address: string) => void): void {
  done(null, host);
}
