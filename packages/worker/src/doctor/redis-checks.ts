import { type Check, type Judgement, ok, refuse, warn } from './check.ts';
import type { RedisFacts, RedisServer } from './redis-facts.ts';

/** What Redis's facts are judged by: what it says, and how it is reached. */
export interface RedisToJudge extends RedisFacts {
  readonly reachedAs: 'single' | 'cluster' | 'sentinel';
}

/** BullMQ's own least version. */
const OLDEST_MAJOR = 5;
/** From here on BullMQ blocks and retries as it wants to. */
const GOOD_MAJOR = 6;
const subject = 'redis';

/** Checks of the server that holds the queue. What it loses costs time; effects are the ledger's to protect. */
export const REDIS_CHECKS: readonly Check<RedisToJudge>[] = [
  {
    subject,
    name: 'version',
    how: '`INFO server`',
    orElse: "BullMQ's scripts fail",
    judge: ({ servers }) =>
      eachServer(servers, ({ product, version }) => {
        const major = Number.parseInt(version, 10);
        const found = `${product} ${version}`;
        if (major < OLDEST_MAJOR) return refuse(found, 'use Redis 6.2 or later, or Valkey');
        return major < GOOD_MAJOR ? warn(found, 'use Redis 6.2 or later, or Valkey') : ok(found);
      }),
  },
  {
    subject,
    name: 'kind',
    how: '`INFO server`, `INFO replication`, against the form of REDIS_URL',
    orElse: "the queue's commands are refused",
    judge: ({ servers, reachedAs }) => eachServer(servers, (server) => judgeKind(server, reachedAs)),
  },
  {
    subject,
    name: 'cluster state',
    how: '`CLUSTER INFO`',
    orElse: "the queue's commands fail",
    judge: ({ clusterState }) => {
      if (clusterState === null) return [];
      return clusterState === 'ok'
        ? ok('ok')
        : refuse(clusterState, 'look at `CLUSTER NODES`: slots are not served, or too few masters are there');
    },
  },
  {
    subject,
    name: 'maxmemory-policy',
    how: '`INFO memory`',
    orElse: 'jobs vanish when memory is short, and run late: the sweep adds them again',
    judge: ({ servers }) =>
      eachServer(servers, ({ evictionPolicy: policy }) => {
        if (policy === null) return ok('not known');
        return policy === 'noeviction' ? ok(policy) : warn(policy, 'set maxmemory-policy noeviction');
      }),
  },
  {
    subject,
    name: 'failover',
    how: '`INFO replication`',
    orElse: 'the queue stays away for as long as its master',
    judge: ({ servers, reachedAs }) => {
      if (reachedAs === 'single') return [];
      return eachServer(servers, ({ replicas }) =>
        replicas > 0 ? ok(`${replicas} attached`) : warn('no replica', 'attach one that can take over'),
      );
    },
  },
  {
    subject,
    name: 'persistence',
    how: '`INFO persistence`, `CONFIG GET save`',
    orElse: 'a restart loses the jobs, which costs time and no effect: the sweep adds them again',
    judge: ({ servers }) => eachServer(servers, (server) => ok(persistenceOf(server))),
  },
];

function judgeKind({ mode, role, place }: RedisServer, reachedAs: RedisToJudge['reachedAs']): [Judgement] {
  if (mode === 'sentinel') {
    return refuse('a Sentinel, which keeps no jobs', `write redis+sentinel://${place}/name-of-the-master`);
  }
  if (mode === 'cluster' && reachedAs !== 'cluster') {
    return refuse('a node of a cluster', 'write redis+cluster:// in REDIS_URL, and a prefix in braces');
  }
  if (role !== 'master') return refuse('a replica, which takes no writes', 'name its master in REDIS_URL');
  return ok(reachedAs === 'single' ? 'single server' : reachedAs);
}

function persistenceOf({ keepsLog, snapshots }: RedisServer): string {
  if (keepsLog) return 'append-only file';
  if (snapshots === null) return 'not known';
  return snapshots ? 'snapshots' : 'none: a restart loses the jobs, and the sweep adds them again';
}

/** Servers that come to the same are named once, without their places. */
function eachServer(
  servers: readonly RedisServer[],
  judgeOne: (server: RedisServer) => readonly Judgement[],
): Judgement[] {
  const all = servers.flatMap((server) =>
    judgeOne(server).map((judgement) => ({ place: server.place, judgement })),
  );
  const groups = [...Map.groupBy(all, ({ judgement }) => JSON.stringify(judgement)).values()];
  return groups.map((group) => {
    const [{ judgement }] = group as [(typeof group)[number]];
    if (groups.length === 1) return judgement;
    return { ...judgement, found: `${judgement.found} (${group.map(({ place }) => place).join(', ')})` };
  });
}
