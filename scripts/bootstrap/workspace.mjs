import fs from 'node:fs';
import path from 'node:path';
import { installLocked, isLockedInstalled } from './locked-install.mjs';

/** @param {string} root */
const packagesOf = (root) =>
  fs
    .readdirSync(path.join(root, 'packages'))
    .filter((name) => fs.existsSync(path.join(root, 'packages', name, 'package.json')))
    .sort()
    .map((name) => path.join('packages', name));

/**
 * @param {string} root
 * @returns {import('./locked-install.mjs').Locked}
 */
const workspaceOf = (root) => ({
  folder: root,
  what: 'the dependencies',
  manifests: ['.', ...packagesOf(root)].map((folder) => path.join(folder, 'package.json')),
});

/**
 * Whether the dependencies are there that the lockfile names.
 *
 * @param {string} root
 */
export function isWorkspaceInstalled(root) {
  const folders = packagesOf(root).map((folder) => path.join(root, folder, 'node_modules'));
  return folders.every(fs.existsSync) && isLockedInstalled(workspaceOf(root));
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
  await installLocked(workspaceOf(root), node, pnpm);
}
