import path from 'node:path';
import { withFolderLock } from '../../../scripts/bootstrap/folder-lock.mjs';
import { installLocked, isLockedInstalled } from '../../../scripts/bootstrap/locked-install.mjs';
import { pnpmTool } from '../../../scripts/bootstrap/tools.mjs';

const tools = path.resolve(import.meta.dirname, '../../../scripts/tools');
const peers = {
  folder: import.meta.dirname,
  what: 'what the bench compares with',
  manifests: ['package.json'],
};

/**
 * Installs what the bench compares Latchkey with, exactly as the lockfile of this folder names it, unless that is there
 * already. It needs the pinned pnpm, which every task of the repository brings.
 *
 * @throws BootstrapFailure that says what is wrong and what to do, such as when the registry cannot be reached
 */
export async function installPeers(): Promise<void> {
  if (isLockedInstalled(peers)) return;
  await withFolderLock(path.join(tools, '.lock-peers'), async () => {
    if (isLockedInstalled(peers)) return;
    console.error('[bench] installing what to compare with (first run only; about 90 MB to download) …');
    const pnpm = pnpmTool(tools);
    await installLocked(peers, process.execPath, path.join(pnpm.folder, pnpm.file));
  });
}
