import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, isIdentityAlive, newIdentity } from './process-identity.ts';

const pollMs = 25;
/** Longer than making a database and copying its binaries takes on a slow disk. */
const defaultPatienceMs = 120_000;

/**
 * Runs `work` while no other process on this machine does so under the same lock folder.
 *
 * The lock is a folder that holds one file, named after its owner. It appears whole, by a rename, and the
 * file of a dead owner is removed by its name: a take-over cannot hit an owner who is alive.
 *
 * @param folder where the lock appears; the folder above it must exist
 * @param work what runs under the lock
 * @param patienceMs how long to wait for a living owner, two minutes unless told
 * @throws Error when a living owner keeps the lock for longer than that
 */
export async function withFolderLock<T>(
  folder: string,
  work: () => Promise<T>,
  patienceMs: number = defaultPatienceMs,
): Promise<T> {
  const owner = newIdentity();
  for (const end = Date.now() + patienceMs; !tryTake(folder, owner); await sleep(pollMs)) {
    for (const other of ownersOf(folder)) if (!isIdentityAlive(other)) removeOwner(folder, other);
    if (Date.now() > end) {
      throw new Error(`The lock ${folder} has been held for ${patienceMs / 1000} s by ${ownersOf(folder)}.`);
    }
  }
  const release = (): void => removeOwner(folder, owner);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function tryTake(folder: string, owner: string): boolean {
  const prepared = `${folder}-${owner}`;
  mkdirSync(prepared, { mode: 0o700 });
  writeFileSync(path.join(prepared, owner), '');
  try {
    renameSync(prepared, folder);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    const taken = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(errorCode(error)) && existsSync(folder);
    // On Windows a lock that was released in between answers ENOENT or EPERM.
    if (taken || errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function ownersOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeOwner(folder: string, owner: string): void {
  try {
    rmSync(path.join(folder, owner), { force: true });
    rmdirSync(folder); // only an empty one goes
  } catch {
    // Somebody else has taken or removed it in between.
  }
}
