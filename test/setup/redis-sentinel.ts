import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findFreePort } from '../../packages/examples/src/servers/free-port.ts';
import { findRedisProgram, type RedisProgram } from '../../packages/examples/src/servers/redis-program.ts';
import { endProcess, spawnServer, tailOf } from '../../packages/examples/src/servers/server-process.ts';
import { startWatchdog } from '../../packages/examples/src/servers/watchdog.ts';
import { infoOf, NODE_PASSWORD, type RedisNode, settled, startRedisNode } from './redis-nodes.ts';

/** A master and a replica that three Sentinels watch. */
export interface RedisSentinels extends AsyncDisposable {
  readonly url: string;
  readonly ports: readonly number[];
  readonly nodes: readonly RedisNode[];
  /** The server that the Sentinels call master now. */
  master(): Promise<RedisNode>;
}

const NAME = 'mymaster';
const SENTINELS = 3;

/** Starts the set; a master that is silent for a second is replaced. */
export async function startRedisSentinels(): Promise<RedisSentinels> {
  const program = await findRedisProgram();
  const opened = new AsyncDisposableStack();
  try {
    const first = opened.use(await startRedisNode(program, []));
    const second = opened.use(await startRedisNode(program, ['--replicaof', `127.0.0.1 ${first.port}`]));
    await settled('the replica follows', async () => {
      return (await infoOf(second.admin, 'replication', 'master_link_status')) === 'up';
    });
    const sentinels: Redis[] = [];
    for (let n = 0; n < SENTINELS; n += 1) {
      sentinels.push(opened.use(await startSentinel(program, first.port)).admin);
    }
    for (const sentinel of sentinels) {
      await settled('the Sentinels know all', async () => {
        const state = String(await sentinel.info('sentinel'));
        return /status=ok,.*slaves=1,sentinels=3/.test(state);
      });
    }
    const ports = sentinels.map(({ options }) => options.port ?? 0);
    const nodes = [first, second];
    return {
      url: `redis+sentinel://:${NODE_PASSWORD}@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
      ports,
      nodes,
      master: async () => {
        const place = await sentinels[0]?.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
        const port = Array.isArray(place) ? Number(place[1]) : undefined;
        const node = nodes.find((one) => one.port === port);
        if (node === undefined) throw new Error(`the Sentinels name an unknown master, port ${port}`);
        return node;
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function startSentinel(
  program: RedisProgram,
  masterPort: number,
): Promise<AsyncDisposable & { readonly admin: Redis }> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sentinel-'));
  const watchdog = startWatchdog({ kind: 'process', folder });
  const port = await findFreePort();
  const conf = join(folder, 'sentinel.conf'); // a Sentinel writes into it what it learns
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel auth-pass ${NAME} ${NODE_PASSWORD}`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel failover-timeout ${NAME} 5000`,
  ];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  const logFile = join(folder, 'sentinel.log');
  const { file, env } = program;
  const server = await spawnServer({ file, args: [conf, '--sentinel'], cwd: folder, env, logFile });
  watchdog.watch(server.pid);
  const admin = new Redis(port, '127.0.0.1');
  admin.on('error', () => undefined);
  await settled(`a Sentinel answers (${tailOf(logFile)})`, async () => (await admin.ping()) === 'PONG');
  return {
    admin,
    [Symbol.asyncDispose]: async () => {
      admin.disconnect();
      const signals = [{ signal: 'SIGKILL', withinMs: 5_000 }] as const;
      await endProcess(server.pid, signals, () => server.ended() !== undefined);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      watchdog.dismiss();
    },
  };
}
