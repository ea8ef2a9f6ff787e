import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Names one use of something by this process: its process id, when it began, and a random part.
 *
 * The start tells a process from a later one that was given the same id, which is common in containers.
 */
export function newIdentity(): string {
  return `${process.pid}-${startOf(process.pid)}-${randomBytes(4).toString('hex')}`;
}

/** Whether the process that an identity was made by still runs. */
export function isIdentityAlive(identity: string): boolean {
  const [pid, start] = identity.split('-');
  return isProcessAlive(Number(pid)) && startOf(Number(pid)) === start;
}

/** Whether a process runs; one that has ended and waits to be collected by its parent does not. */
export function isProcessAlive(pid: number): boolean {
  if (!(pid > 0)) return false; // 0 would mean our own process group
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  return statFields(pid)?.[0] !== 'Z';
}

/** The code of a system error, or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function startOf(pid: number): string {
  return statFields(pid)?.[19] ?? '0';
}

/** What /proc tells of a process, from its state on; undefined where there is no /proc. */
function statFields(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}
