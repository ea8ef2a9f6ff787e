import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withFolderLock } from './folder-lock.ts';
import type { PgHome } from './pg-home.ts';
import { stopPostmaster } from './pg-postmaster.ts';
import { isIdentityAlive, newIdentity } from './process-identity.ts';

/** Enters this process among those that use the server, and returns the name to leave it by. */
export function joinHolders(home: PgHome): string {
  const holder = newIdentity();
  writeFileSync(path.join(home.holders, holder), '');
  return holder;
}

/** Leaves the server, and stops it, and removes its folder if it is a temporary one, when nobody is left. */
export async function leaveHolders(home: PgHome, holder: string): Promise<void> {
  if (!existsSync(home.folder)) return;
  await withFolderLock(home.lock, () => leaveLocked(home, holder));
}

/** The same for whoever has the lock of the home already. */
export async function leaveLocked(home: PgHome, holder: string): Promise<void> {
  rmSync(path.join(home.holders, holder), { force: true });
  if (!existsSync(home.folder)) return;
  if (readdirSync(home.holders).some(isIdentityAlive)) return;
  await stopPostmaster(home);
  if (existsSync(home.ephemeralMark)) rmSync(home.folder, { recursive: true, force: true, maxRetries: 5 });
}
