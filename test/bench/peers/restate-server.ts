import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../../../packages/examples/src/servers/free-port.ts';
import {
  endProcess,
  spawnServer,
  tailOf,
  waitUntil,
} from '../../../packages/examples/src/servers/server-process.ts';
import { startWatchdog } from '../../../packages/examples/src/servers/watchdog.ts';
import type { Served } from '../contender.ts';

const readyWithinMs = 60_000;

/**
 * Starts a Restate server on free ports, in a temporary folder, with the defaults of its page "Server configuration":
 * one node with all roles, its log and its state in RocksDB, and every append synced to disk. Only the partitions are
 * fewer than the 24 that leave room for a cluster to grow: one a core, which was faster on two cores.
 *
 * @returns its addresses: `ingress` takes invocations, `admin` registrations; `endpoint` is free for the services
 * @throws Error with the end of the server's log when it does not start
 */
export async function serveRestate(): Promise<Served> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-restate-'));
  const watchdog = startWatchdog({ kind: 'process', folder });
  const [ingress, admin, node, endpoint] = await freePorts(4);
  const logFile = path.join(folder, 'restate.log');
  const server = await spawnServer({
    file: programOf(),
    args: ['--no-logo', '--node-name=bench', '--base-dir', path.join(folder, 'data')],
    cwd: folder,
    env: {
      ...process.env,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_DEFAULT_NUM_PARTITIONS: String(availableParallelism()),
      RESTATE_LOG_FILTER: 'warn',
      RESTATE_DISABLE_TELEMETRY: 'true',
    },
    logFile,
  });
  watchdog.watch(server.pid);
  const isGone = (): boolean => server.ended() !== undefined;
  const close = async (): Promise<void> => {
    const signals = (['SIGTERM', 'SIGKILL'] as const).map((signal) => ({ signal, withinMs: 10_000 }));
    if (!isGone()) await endProcess(server.pid, signals, isGone);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    watchdog.dismiss();
  };
  const urls = { ingress: at(ingress), admin: at(admin), endpoint: at(endpoint) };
  const isReady = async (): Promise<boolean> =>
    isGone() ||
    ((await isHealthy(`${urls.admin}/health`)) && (await isHealthy(`${urls.ingress}/restate/health`)));
  if (!(await waitUntil(isReady, readyWithinMs)) || isGone()) {
    const log = tailOf(logFile);
    await close();
    throw new Error(`The Restate server did not start. The end of its log:\n${log}`);
  }
  return { urls, pids: [server.pid], close };
}

const at = (port: number | undefined): string => `http://127.0.0.1:${port}`;

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

/** The server's program itself: its package wraps it in a Node process that would be one more to pay for. */
function programOf(): string {
  const { resolve } = createRequire(import.meta.resolve('@restatedev/restate-server/package.json'));
  return resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);
}

const isHealthy = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
