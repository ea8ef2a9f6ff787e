import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFolderLock } from './folder-lock.ts';

let parent: string;
let lock: string;

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'latchkey-lock-'));
  lock = path.join(parent, 'lock');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** Leaves a lock behind as a process does that was killed while it held it. */
function leaveLock(owner: string): void {
  mkdirSync(lock);
  writeFileSync(path.join(lock, owner), '');
}

function deadPid(): number {
  return spawnSync(process.execPath, ['--eval', '']).pid;
}

describe('withFolderLock', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      inside += 1;
      seen.push(inside);
      await sleep(5);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withFolderLock(lock, work)));
    expect(seen).toEqual(Array(8).fill(1));
  });

  it('returns what the work returns, and leaves no lock', async () => {
    expect(await withFolderLock(lock, async () => existsSync(lock))).toBe(true);
    expect(existsSync(lock)).toBe(false);
  });

  it('leaves no lock when the work fails', async () => {
    const failing = withFolderLock(lock, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });

  it('takes over from an owner who is dead, for one of many who want it', async () => {
    leaveLock(`${deadPid()}-0-abcdef`);
    let inside = 0;
    const work = async (): Promise<number> => {
      inside += 1;
      const found = inside;
      await sleep(5);
      inside -= 1;
      return found;
    };
    const found = await Promise.all(Array.from({ length: 8 }, () => withFolderLock(lock, work)));
    expect(found).toEqual(Array(8).fill(1));
  });

  it.runIf(existsSync('/proc/self/stat'))('takes over when the process id is in use again', async () => {
    leaveLock(`${process.pid}-1-abcdef`);
    expect(await withFolderLock(lock, async () => 'mine', 1_000)).toBe('mine');
  });

  it('gives up on a living owner, and says who it is', async () => {
    const attempt = withFolderLock(lock, () => withFolderLock(lock, async () => 'mine', 50));
    await expect(attempt).rejects.toThrow(new RegExp(`held for 0.05 s by ${process.pid}-`));
  });
});
