import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { unpackDebianRedis } from './redis-debian.ts';

/** A `redis-server` or `valkey-server` that can be started. */
export interface RedisProgram {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly source: 'path' | 'debian';
}

const names = ['redis-server', 'valkey-server'];

/**
 * Finds a server on PATH, or takes one from the packages of Debian or Ubuntu without installing it.
 *
 * @throws Error that says how to get one
 */
export async function findRedisProgram(): Promise<RedisProgram> {
  const installed = findOnPath();
  if (installed !== undefined) return { file: installed, env: process.env, source: 'path' };
  try {
    return { ...(await unpackDebianRedis(names)), source: 'debian' };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      'There is no Redis here. Install redis-server or valkey-server (apt install redis-server, ' +
        `brew install redis), or set REDIS_URL to a server that runs. Unpacking one was tried too: ${reason}`,
      { cause },
    );
  }
}

function findOnPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  // Debian keeps servers out of the PATH of ordinary users in some set-ups.
  const files = names.flatMap((name) => [...folders, '/usr/sbin'].map((folder) => path.join(folder, name)));
  return files.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
