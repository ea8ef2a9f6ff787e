import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from '../redis/open-redis.ts';

/** What one server says about itself. */
export interface RedisServer {
  readonly place: string;
  readonly product: string;
  readonly version: string;
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string;
  /** `master` or `slave`. */
  readonly role: string;
  /** Null where it doesn't say. */
  readonly evictionPolicy: string | null;
  readonly replicas: number;
  readonly keepsLog: boolean;
  /** Whether it saves snapshots; null where it doesn't say. */
  readonly snapshots: boolean | null;
}

/** What Redis says about itself: one server, or all masters of a cluster. */
export interface RedisFacts {
  readonly servers: readonly RedisServer[];
  /** Null where it is no cluster. */
  readonly clusterState: string | null;
  /** The first server's clock minus ours, in milliseconds. */
  readonly clockAheadMs: number;
  /** Half of the way there and back, in milliseconds: the clock can't be known better. */
  readonly clockErrorMs: number;
}

/** Asks Redis about itself. */
export async function readRedisFacts(redis: RedisClient): Promise<RedisFacts> {
  const isCluster = redis instanceof Cluster;
  const masters = isCluster ? redis.nodes('master') : [redis];
  const servers = await Promise.all(masters.map(readServer));
  // a Sentinel knows no other command; the check says what to do
  const clock = servers[0]?.mode === 'sentinel' ? { aheadMs: 0, errorMs: 0 } : await readClock(masters[0]);
  return {
    servers,
    clusterState: isCluster ? (fieldsOf(await redis.cluster('INFO')).cluster_state ?? 'unknown') : null,
    clockAheadMs: clock.aheadMs,
    clockErrorMs: clock.errorMs,
  };
}

async function readServer(redis: Redis): Promise<RedisServer> {
  const info = fieldsOf(await redis.info());
  const { host, port } = redis.options;
  const product = info.server_name === 'valkey' ? 'Valkey' : 'Redis';
  return {
    place: `${redis.stream?.remoteAddress ?? host}:${redis.stream?.remotePort ?? port}`,
    product,
    version: (product === 'Valkey' ? info.valkey_version : info.redis_version) ?? 'unknown',
    mode: info.redis_mode ?? info.server_mode ?? 'standalone',
    role: info.role ?? 'master',
    evictionPolicy: info.maxmemory_policy ?? null,
    replicas: Number(info.connected_slaves ?? 0),
    keepsLog: info.aof_enabled === '1',
    snapshots: await readSnapshots(redis),
  };
}

/** Hosted servers often refuse the command. */
async function readSnapshots(redis: Redis): Promise<boolean | null> {
  try {
    const [, value] = (await redis.call('CONFIG', 'GET', 'save')) as [string, string];
    return value === undefined ? null : value !== '';
  } catch {
    return null;
  }
}

async function readClock(redis: Redis | undefined): Promise<{ aheadMs: number; errorMs: number }> {
  if (redis === undefined) return { aheadMs: 0, errorMs: 0 };
  const asked = performance.now();
  const [seconds, micros] = await redis.time();
  const errorMs = (performance.now() - asked) / 2;
  return {
    aheadMs: Number(seconds) * 1000 + Number(micros) / 1000 - (Date.now() - errorMs),
    errorMs,
  };
}

function fieldsOf(info: unknown): Readonly<Record<string, string | undefined>> {
  const lines = String(info)
    .split(/\r?\n/)
    .filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}
