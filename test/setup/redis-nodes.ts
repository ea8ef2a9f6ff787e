import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { OwnRedis } from '../../packages/examples/src/servers/own-redis.ts';
import type { RedisProgram } from '../../packages/examples/src/servers/redis-program.ts';

/** One server of several, and a connection of the test's own to it. */
export interface RedisNode extends AsyncDisposable {
  readonly server: OwnRedis;
  readonly admin: Redis;
  readonly port: number;
  signal(signal: NodeJS.Signals): void;
}

/** Password of all servers of a test: they replicate each other. */
export const NODE_PASSWORD = 'of-nodes';

/** Starts a server; a replica doesn't wait for others before it is sent the data. */
export async function startRedisNode(program: RedisProgram, flags: readonly string[]): Promise<RedisNode> {
  const server = await OwnRedis.start(program, ['--repl-diskless-sync-delay', '0', ...flags], NODE_PASSWORD);
  const admin = new Redis(server.url, { maxRetriesPerRequest: null });
  admin.on('error', () => undefined); // it is killed, too
  return {
    server,
    admin,
    port: Number(new URL(server.url).port),
    signal: (signal) => void process.kill(server.pid ?? 0, signal),
    [Symbol.asyncDispose]: async () => {
      admin.disconnect();
      await server.kill(); // also one that is stopped
      await server.stop();
    },
  };
}

/** Waits until servers have come to something; says what it waited for where they don't. */
export async function settled(what: string, isSettled: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 60_000;
  while (!(await isSettled().catch(() => false))) {
    if (Date.now() > giveUp) throw new Error(`${what}: not within a minute`);
    await sleep(50);
  }
}

/** One field of `INFO`. */
export async function infoOf(admin: Redis, section: string, field: string): Promise<string | undefined> {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(await admin.info(section))?.[1];
}
