import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
// Vitest loads this file in a way of its own, which knows nothing of the condition that leads to our sources.
import { startEmbeddedPostgres, startRedis } from '../../packages/examples/src/servers/index.ts';
import { startWatchdog } from '../../packages/examples/src/servers/watchdog.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connects the superuser; make a database, or a schema, of your own in there. */
    readonly postgresUrl: string;
    /** Shared by all files: use a prefix of your own. */
    readonly redisUrl: string;
    /** For files of tests; removed with all that is in it after the last test. */
    readonly folder: string;
  }
}

/** Starts the servers that all integration tests share, and stops them after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, redis] = await Promise.all([
    // Tests that crash a server start one of their own: nothing here has to survive a power cut.
    startEmbeddedPostgres({
      name: 'latchkey-test-postgres',
      flags: ['-c', 'fsync=off', '-c', 'max_connections=300'],
    }),
    startRedis(),
  ]);
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const watchdog = startWatchdog({ kind: 'process', folder }); // an interrupted run comes to no teardown
  project.provide('folder', folder);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
    watchdog.dismiss();
  };
}
