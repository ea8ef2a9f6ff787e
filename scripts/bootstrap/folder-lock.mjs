import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { BootstrapFailure } from './failure.mjs';

const pollMs = 100;
/** Longer than a cold installation over a slow line takes. */
const patienceMs = 10 * 60_000;

/**
 * Runs `work` while no other process does so for the same folder.
 *
 * The lock is a folder that holds one file, named after its owner. It appears whole, by a rename, and a
 * dead owner's file can be removed without touching that of somebody who was quicker: no take-over can
 * steal a living owner's lock.
 *
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFolderLock(folder, work) {
  const owner = `${process.pid}-${startOf(process.pid)}-${randomBytes(4).toString('hex')}`;
  const release = () => removeOwner(folder, owner);
  for (const end = Date.now() + patienceMs; !take(folder, owner); ) {
    for (const other of ownersOf(folder)) if (isDead(other)) removeOwner(folder, other);
    if (Date.now() > end) {
      throw new BootstrapFailure(
        `Another process has been installing in this checkout for ${patienceMs / 60_000} minutes.`,
        `If there is none, remove the folder ${folder} and run the same command again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * @param {string} folder
 * @param {string} owner
 */
function take(folder, owner) {
  const prepared = `${folder}-${owner}`;
  fs.mkdirSync(prepared);
  fs.writeFileSync(path.join(prepared, owner), '');
  try {
    fs.renameSync(prepared, folder);
    return true;
  } catch (error) {
    fs.rmSync(prepared, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(codeOf(error)) && fs.existsSync(folder))
      return false;
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** @param {string} folder */
function ownersOf(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * @param {string} folder
 * @param {string} owner
 */
function removeOwner(folder, owner) {
  try {
    fs.rmSync(path.join(folder, owner), { force: true });
    fs.rmdirSync(folder); // only an empty one goes
  } catch {
    // somebody else has taken it, or removed it, in between
  }
}

/** @param {string} owner */
function isDead(owner) {
  const [pid, start] = owner.split('-');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return true;
  }
  return startOf(Number(pid)) !== start;
}

/**
 * When a process began, where the system tells: a process id that is in use again is not the same owner.
 *
 * @param {number} pid
 */
function startOf(pid) {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ') ?? [];
    return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? '0');
  } catch {
    return '0';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
