import { withFolderLock } from './folder-lock.ts';
import { locatePgBinaries } from './pg-binaries.ts';
import { joinHolders, leaveHolders, leaveLocked } from './pg-holders.ts';
import { choosePgHome, ensureCluster, ensurePgHome, type PgHome } from './pg-home.ts';
import { crashPostmaster, type PostmasterStart, startPostmaster } from './pg-postmaster.ts';
import { unprivilegedAccount } from './unprivileged-account.ts';
import { startWatchdog } from './watchdog.ts';

/** How to start an embedded PostgreSQL. */
export interface EmbeddedPostgresOptions {
  /**
   * The folder to keep the database in. Without one, a temporary folder is used and removed in the end.
   * Root's server cannot use a folder below `/root`; the handle says which it uses instead.
   */
  readonly dataDir?: string;
  /** Begins the name of folders that are made, `latchkey-postgres` unless told. */
  readonly name?: string;
  /** Further arguments of `postgres`, such as `['-c', 'fsync=off']`; none unless told, so fsync is on. */
  readonly flags?: readonly string[];
  /** The port on the loopback address; a free one unless told. */
  readonly port?: number;
}

/** A PostgreSQL that runs for this process, and perhaps for others that use the same folder. */
export interface EmbeddedPostgres {
  /** Connects the superuser, with the password, to the database `postgres`. */
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  /** Lets go of the server, which stops when no other process uses it. */
  stop(): Promise<void>;
  /** Ends the server at once without shutting down, for all who use it. Starting it again recovers. */
  crash(): Promise<void>;
}

/**
 * Starts a PostgreSQL server that needs nothing but npm, or joins the one that runs in the same folder.
 *
 * It listens on the loopback address, asks for a random password (SCRAM), makes UTF-8 databases, and ends
 * with the last process that uses it, even one that was killed. As root it runs under another account.
 *
 * @throws Error when the platform has no PostgreSQL on npm, or the server does not start, with its log
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const { dataDir, name = 'latchkey-postgres', flags = [], port } = options;
  const account = unprivilegedAccount();
  const binaries = await locatePgBinaries(account);
  const home = choosePgHome(dataDir, name, account);
  return withFolderLock(home.lock, () => open(home, { binaries, account, flags, port }));
}

async function open(home: PgHome, start: PostmasterStart): Promise<EmbeddedPostgres> {
  ensurePgHome(home, start.account);
  const holder = joinHolders(home);
  const watchdog = startWatchdog({ kind: 'postgres', folder: home.folder, holder });
  try {
    const password = await ensureCluster(home, start.binaries, start.account);
    const server = await startPostmaster(home, start);
    let stopped: Promise<void> | undefined;
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${server.port}/postgres`,
      pid: server.pid,
      dataDir: home.folder,
      stop: () => {
        stopped ??= leaveHolders(home, holder).then(watchdog.dismiss);
        return stopped;
      },
      crash: () => withFolderLock(home.lock, () => crashPostmaster(home)),
    };
  } catch (error) {
    await leaveLocked(home, holder);
    watchdog.dismiss();
    throw error;
  }
}
