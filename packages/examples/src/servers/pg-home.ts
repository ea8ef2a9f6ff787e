import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PgBinaries } from './pg-binaries.ts';
import { type Account, canEveryoneEnter } from './unprivileged-account.ts';

/** Where root keeps databases whose own folder the unprivileged account may not enter. */
const sharedFolder = '/var/lib/latchkey';

/** The folder of one embedded PostgreSQL and what is in it. */
export interface PgHome {
  readonly folder: string;
  /** PGDATA, readable by the server's account alone. */
  readonly cluster: string;
  readonly passwordFile: string;
  readonly logFile: string;
  /** One file for every process that uses the server. */
  readonly holders: string;
  /** Exists when the folder goes with its last holder. */
  readonly ephemeralMark: string;
  /** Beside the folder, because the folder may be removed under the lock. */
  readonly lock: string;
}

/** Names the parts of a home. */
export function pgHomeAt(folder: string): PgHome {
  return {
    folder,
    cluster: path.join(folder, 'cluster'),
    passwordFile: path.join(folder, 'password'),
    logFile: path.join(folder, 'server.log'),
    holders: path.join(folder, 'holders'),
    ephemeralMark: path.join(folder, 'ephemeral'),
    lock: `${folder}.lock`,
  };
}

/**
 * Chooses the folder of a server: the one that is named, or else a new temporary one.
 *
 * Root's server runs as somebody else, who cannot enter `/root`: a folder there is replaced by one below
 * `/var/lib/latchkey` that is named after it, so that the next start finds it again.
 */
export function choosePgHome(
  dataDir: string | undefined,
  name: string,
  account: Account | undefined,
): PgHome {
  if (dataDir !== undefined) return pgHomeAt(keptFolder(dataDir, name, account));
  const home = pgHomeAt(temporaryFolder(name, account));
  writeFileSync(home.ephemeralMark, '');
  return home;
}

/** Makes the folders of a home where they are missing; to be called under its lock. */
export function ensurePgHome(home: PgHome, account: Account | undefined): void {
  mkdirSync(home.folder, { recursive: true });
  chmodSync(home.folder, account ? 0o711 : 0o700);
  mkdirSync(home.holders, { recursive: true, mode: 0o700 });
}

function temporaryFolder(name: string, account: Account | undefined): string {
  const parent = account && !canEveryoneEnter(tmpdir()) ? sharedFolder : tmpdir();
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(path.join(parent, `${name}-`));
}

function keptFolder(dataDir: string, name: string, account: Account | undefined): string {
  const wanted = path.resolve(dataDir);
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const reachable = !account || canEveryoneEnter(path.dirname(wanted));
  const folder = reachable ? wanted : path.join(sharedFolder, `${name}-${hash}`);
  mkdirSync(path.dirname(folder), { recursive: true });
  return folder;
}

/**
 * Makes the database cluster where there is none, and returns the password of its superuser.
 *
 * It is made under another name and renamed when whole: an `initdb` that was killed leaves no half of one.
 *
 * @throws Error when `initdb` fails, with what it printed
 */
export async function ensureCluster(
  home: PgHome,
  { initdb }: PgBinaries,
  account: Account | undefined,
): Promise<string> {
  if (existsSync(home.cluster)) return readFileSync(home.passwordFile, 'utf8');
  const password = randomBytes(24).toString('base64url');
  const unfinished = `${home.cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  rmSync(home.passwordFile, { force: true });
  writeFileSync(home.passwordFile, password, { mode: 0o600 });
  if (account) for (const file of [unfinished, home.passwordFile]) chownSync(file, account.uid, account.gid);
  const options = { ...account, cwd: unfinished, env: serverEnvironment() };
  await promisify(execFile)(initdb, initdbArgs(home, unfinished), options).catch((cause: Error) => {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not make a database. ${cause.message}`, { cause });
  });
  if (account) chownSync(home.passwordFile, process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
  renameSync(unfinished, home.cluster);
  return password;
}

function initdbArgs(home: PgHome, cluster: string): string[] {
  return [
    ...['-D', cluster, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${home.passwordFile}`],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    '--no-instructions',
    // What is thrown away afterwards need not survive a power cut.
    ...(existsSync(home.ephemeralMark) ? ['--no-sync'] : []),
  ];
}

/** The environment of the server and its tools: messages in English, times in UTC, no PG* setting of ours. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(own), LC_ALL: 'C', TZ: 'UTC' };
}
