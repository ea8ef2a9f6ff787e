import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import type { PgBinaries } from './pg-binaries.ts';
import { type PgHome, serverEnvironment } from './pg-home.ts';
import { isProcessAlive } from './process-identity.ts';
import { endProcess, spawnServer, tailOf, waitUntil } from './server-process.ts';
import type { Account } from './unprivileged-account.ts';

/** Enough for the recovery after a crash. */
const readyWithinMs = 60_000;
const startAttempts = 5;
/** Somebody took the port, or processes of a killed predecessor still hold its files or shared memory. */
const passingCauses = /could not bind|could not create any TCP|shared memory block|lock file/;

/** A server that accepts connections. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** What a start needs to know. */
export interface PostmasterStart {
  readonly binaries: PgBinaries;
  readonly account: Account | undefined;
  readonly flags: readonly string[];
  readonly port: number | undefined;
}

/** The server that runs in a home, ready or not, or undefined. */
function findPostmaster(home: PgHome): (Postmaster & { readonly isReady: boolean }) | undefined {
  const recorded = readPidFile(home);
  return recorded && isProcessAlive(recorded.pid) && isPostgres(recorded.pid) ? recorded : undefined;
}

/** The server that runs in a home already, once it has finished starting or stopping. */
async function settledPostmaster(home: PgHome): Promise<Postmaster | undefined> {
  await waitUntil(() => findPostmaster(home)?.isReady !== false, readyWithinMs);
  const recorded = readPidFile(home);
  // After a crash the process id may belong to a stranger, whom the server would take for a predecessor.
  // Any other left-over stays: by it the server knows the shared memory of a predecessor's processes.
  if (recorded && isProcessAlive(recorded.pid) && !isPostgres(recorded.pid)) rmSync(pidFile(home));
  return findPostmaster(home);
}

const pidFile = (home: PgHome): string => path.join(home.cluster, 'postmaster.pid');

function readPidFile(home: PgHome): (Postmaster & { readonly isReady: boolean }) | undefined {
  try {
    const lines = readFileSync(pidFile(home), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

/**
 * Starts the server in a home, or finds the one that runs there, and waits until it accepts connections.
 *
 * @throws Error with the end of the server's log when it does not start
 */
export async function startPostmaster(home: PgHome, start: PostmasterStart): Promise<Postmaster> {
  const predecessor = await settledPostmaster(home);
  if (predecessor) return predecessor;
  for (let attempt = 1; ; attempt += 1) {
    const port = start.port ?? (await findFreePort());
    const server = await spawnServer({
      file: start.binaries.postgres,
      args: ['-D', home.cluster, '-p', String(port), ...settings(), ...start.flags],
      cwd: home.cluster,
      env: serverEnvironment(),
      logFile: home.logFile,
      account: start.account,
    });
    const isReady = (): boolean => {
      const found = findPostmaster(home);
      return found?.pid === server.pid && found.isReady;
    };
    await waitUntil(() => server.ended() !== undefined || isReady(), readyWithinMs);
    if (server.ended() === undefined && isReady()) return { pid: server.pid, port };
    if (server.ended() === undefined) await endProcess(server.pid, [{ signal: 'SIGKILL', withinMs: 5_000 }]);
    if (attempt === startAttempts || !passingCauses.test(tailOf(home.logFile))) {
      const why = server.ended() ?? `not ready within ${readyWithinMs / 1000} s`;
      throw new Error(`PostgreSQL did not start (${why}). The end of its log:\n${tailOf(home.logFile)}`);
    }
    await sleep(300 * attempt);
  }
}

/** Stops the server of a home: sessions are cut off, and everything is written down. */
export async function stopPostmaster(home: PgHome): Promise<void> {
  const server = findPostmaster(home);
  if (!server) return;
  await endProcess(server.pid, [
    { signal: 'SIGINT', withinMs: 20_000 },
    { signal: 'SIGQUIT', withinMs: 5_000 },
    { signal: 'SIGKILL', withinMs: 5_000 },
  ]);
}

/** Ends the server of a home at once, as a crash would: the next start recovers from the write-ahead log. */
export async function crashPostmaster(home: PgHome): Promise<void> {
  const server = findPostmaster(home);
  if (!server) return;
  await endProcess(server.pid, [
    { signal: 'SIGQUIT', withinMs: 5_000 },
    { signal: 'SIGKILL', withinMs: 5_000 },
  ]);
}

function settings(): string[] {
  const values = { listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  } catch {
    return true; // no /proc: believe the file
  }
}
