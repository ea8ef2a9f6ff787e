import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { runInstaller } from './children.mjs';
import { environmentWith } from './environment.mjs';
import { installFailure } from './failure.mjs';

/**
 * A folder with a lockfile of pnpm's, and what it is called in messages.
 *
 * @typedef {{ folder: string, what: string, manifests: string[] }} Locked
 */

/**
 * The hash of everything that decides what pnpm installs.
 *
 * @param {Locked} locked
 */
function fingerprint({ folder, manifests }) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`\n${file}\n`).update(fs.readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex');
}

/** @param {Locked} locked */
const stampOf = ({ folder }) => path.join(folder, 'node_modules', '.latchkey-installed');

/**
 * Whether what the lockfile names was installed.
 *
 * @param {Locked} locked
 */
export function isLockedInstalled(locked) {
  try {
    return fs.readFileSync(stampOf(locked), 'utf8') === fingerprint(locked);
  } catch {
    return false;
  }
}

/**
 * Installs exactly what the lockfile names.
 *
 * @param {Locked} locked
 * @param {string} node the Node to run pnpm with
 * @param {string} pnpm
 */
export async function installLocked(locked, node, pnpm) {
  const flags = [
    '--frozen-lockfile',
    // pnpm held every version to its policies when it was locked, with its hash. To ask the registry for the age
    // of each again takes long, fails where a mirror does not tell, and without a network tries for minutes.
    '--trust-lockfile',
    '--prefer-offline',
    '--config.confirm-modules-purge=false',
    '--config.fetch-retries=1',
    '--config.fetch-retry-mintimeout=2000',
  ];
  const quiet = process.env.VERBOSE ? [] : ['--reporter=append-only', '--loglevel=warn'];
  fs.rmSync(stampOf(locked), { force: true });
  const ended = await runInstaller(node, [pnpm, 'install', ...flags, ...quiet], {
    cwd: locked.folder,
    // pnpm asks the Node on PATH for its version, and warns of each package that wants a newer one
    env: { ...environmentWith(path.dirname(node)), CI: 'true' },
  });
  if (ended.code !== 0) throw installFailure(locked.what, ended);
  fs.writeFileSync(stampOf(locked), fingerprint(locked));
}
