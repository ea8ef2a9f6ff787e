import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { runInstaller } from './children.mjs';
import { cleanEnvironment } from './environment.mjs';
import { installFailure } from './failure.mjs';

/** @param {string} root */
const packagesOf = (root) =>
  fs
    .readdirSync(path.join(root, 'packages'))
    .filter((name) => fs.existsSync(path.join(root, 'packages', name, 'package.json')))
    .sort()
    .map((name) => path.join('packages', name));

/**
 * The hash of everything that decides what pnpm installs.
 *
 * @param {string} root
 */
function fingerprint(root) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  const manifests = ['.', ...packagesOf(root)].map((folder) => path.join(folder, 'package.json'));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`\n${file}\n`).update(fs.readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** @param {string} root */
const stampOf = (root) => path.join(root, 'node_modules', '.latchkey-installed');

/**
 * Whether the dependencies are there that the lockfile names.
 *
 * @param {string} root
 */
export function isWorkspaceInstalled(root) {
  const folders = packagesOf(root).map((folder) => path.join(root, folder, 'node_modules'));
  try {
    return folders.every(fs.existsSync) && fs.readFileSync(stampOf(root), 'utf8') === fingerprint(root);
  } catch {
    return false;
  }
}

/**
 * Installs the dependencies of all packages, exactly as the lockfile names them.
 *
 * @param {string} root
 * @param {string} node the Node to run pnpm with
 * @param {string} pnpm
 */
export async function installWorkspace(root, node, pnpm) {
  console.error('[bootstrap] installing dependencies …');
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
  fs.rmSync(stampOf(root), { force: true });
  const ended = await runInstaller(node, [pnpm, 'install', ...flags, ...quiet], {
    cwd: root,
    env: { ...cleanEnvironment(), CI: 'true' },
  });
  if (ended.code !== 0) throw installFailure('the dependencies', ended);
  fs.writeFileSync(stampOf(root), fingerprint(root));
}
