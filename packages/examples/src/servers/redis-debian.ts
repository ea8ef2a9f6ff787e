import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { userCacheFolder } from './cache-folder.ts';
import { withFolderLock } from './folder-lock.ts';

const run = promisify(execFile);
/** The package lists of a distribution over a slow line; a dead one is given up by apt's own time limit. */
const aptTimeoutMs = 180_000;

/**
 * Downloads a server with the libraries that this machine lacks from the packages of Debian or Ubuntu, checked
 * by apt as ever, and unpacks them into a cache folder. Nothing is installed, and root is not needed.
 *
 * @param names the packages to take the first of that exists; each has a program of its own name
 * @throws Error when this is another system, or apt cannot download
 */
export async function unpackDebianRedis(
  names: readonly string[],
): Promise<{ readonly file: string; readonly env: NodeJS.ProcessEnv }> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb')) {
    throw new Error('this is not a Debian or Ubuntu system');
  }
  const folder = path.join(userCacheFolder(), `redis-${process.arch}`);
  mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
  return withFolderLock(`${folder}.lock`, async () => {
    const cached = await findUsable(folder, names);
    if (cached) return cached;
    await fill(folder, names);
    const unpacked = await findUsable(folder, names);
    if (!unpacked) throw new Error('the unpacked server does not run');
    return unpacked;
  });
}

async function fill(folder: string, names: readonly string[]): Promise<void> {
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  const archives = path.join(work, 'archives');
  const files = path.join(work, 'files');
  for (const made of [path.join(work, 'lists', 'partial'), path.join(archives, 'partial'), files]) {
    mkdirSync(made, { recursive: true });
  }
  await download(work, archives, names);
  for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', path.join(archives, archive), files]);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(files, folder);
  rmSync(work, { recursive: true, force: true });
}

async function download(work: string, archives: string, names: readonly string[]): Promise<void> {
  const settings = {
    'Dir::State::lists': path.join(work, 'lists'),
    'Dir::Cache': work,
    'Dir::Cache::archives': archives,
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': userInfo().username,
    'APT::Update::Error-Mode': 'any',
    'APT::Install-Recommends': '0',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '15',
    'Acquire::https::Timeout': '15',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const aptGet = (...args: string[]): Promise<unknown> =>
    run('apt-get', [...options, '-qq', ...args], {
      timeout: aptTimeoutMs,
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    });
  await aptGet('update');
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      await aptGet('install', '--yes', '--download-only', name);
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

async function findUsable(
  folder: string,
  names: readonly string[],
): Promise<{ readonly file: string; readonly env: NodeJS.ProcessEnv } | undefined> {
  const file = names.map((name) => path.join(folder, 'usr', 'bin', name)).find(existsSync);
  if (file === undefined) return undefined;
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(folder).join(':') };
  try {
    await run(file, ['--version'], { env });
    return { file, env };
  } catch {
    return undefined;
  }
}

/** Where the packages of one architecture put their libraries, such as `usr/lib/x86_64-linux-gnu`. */
function libraryFolders(folder: string): string[] {
  return ['usr/lib', 'lib']
    .map((name) => path.join(folder, name))
    .filter(existsSync)
    .flatMap((parent) => readdirSync(parent).map((name) => path.join(parent, name)))
    .filter((name) => name.endsWith('-linux-gnu') || name.endsWith('-linux-gnueabihf'));
}
