import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runInstaller } from '../../../scripts/bootstrap/children.mjs';
import { cleanEnvironment } from '../../../scripts/bootstrap/environment.mjs';
import { installFailure } from '../../../scripts/bootstrap/failure.mjs';
import { withFolderLock } from '../../../scripts/bootstrap/folder-lock.mjs';
import { pnpmTool } from '../../../scripts/bootstrap/tools.mjs';

const folder = import.meta.dirname;
const stamp = path.join(folder, 'node_modules', '.latchkey-installed');
const tools = path.resolve(folder, '../../../scripts/tools');

/**
 * Installs what the bench compares Latchkey with, exactly as the lockfile of this folder names it, unless that is there
 * already. It needs the pinned pnpm, which every task of the repository brings.
 *
 * @throws BootstrapFailure that says what is wrong and what to do, such as when the registry cannot be reached
 */
export async function installPeers(): Promise<void> {
  if (isInstalled()) return;
  await withFolderLock(path.join(tools, '.lock-peers'), async () => {
    if (!isInstalled()) await install();
  });
}

async function install(): Promise<void> {
  console.error('[bench] installing what to compare with (first run only; about 90 MB to download) …');
  const tool = pnpmTool(tools);
  const flags = [
    '--frozen-lockfile',
    // As with the repository's own dependencies: the versions were held to pnpm's policies when they were locked.
    '--trust-lockfile',
    '--prefer-offline',
    '--config.confirm-modules-purge=false',
    '--config.fetch-retries=1',
    '--config.fetch-retry-mintimeout=2000',
    '--reporter=append-only',
    '--loglevel=warn',
  ];
  rmSync(stamp, { force: true });
  const ended = await runInstaller(
    process.execPath,
    [path.join(tool.folder, tool.file), 'install', ...flags],
    {
      cwd: folder,
      env: { ...cleanEnvironment(), CI: 'true' },
    },
  );
  if (ended.code !== 0) throw installFailure('what the bench compares with', ended);
  writeFileSync(stamp, fingerprint());
}

function isInstalled(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** The hash of everything that decides what pnpm installs. */
function fingerprint(): string {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']) {
    hash.update(`\n${file}\n`).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex');
}
