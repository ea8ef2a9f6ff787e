import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { unprivilegedAccount } from '../../../../packages/examples/src/servers/unprivileged-account.ts';

/** A file system of a few megabytes that the server's account may write to. */
export interface SmallVolume extends Disposable {
  readonly folder: string;
  /** Fills it to the last byte. */
  fill(): void;
  /** Removes what filled it. */
  free(): void;
}

/** Why a volume can't be mounted here, or undefined. */
export function whyNoVolume(beside: string): string | undefined {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return 'only root can mount a small tmpfs';
  try {
    mountSmallVolume(beside, 1)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return `a tmpfs can't be mounted here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Mounts a tmpfs of so many megabytes in a new folder. */
export function mountSmallVolume(beside: string, megabytes: number): SmallVolume {
  const mountPoint = mkdtempSync(path.join(beside, 'latchkey-volume-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', mountPoint], {
      stdio: 'pipe',
    });
  } catch (error) {
    rmSync(mountPoint, { recursive: true });
    throw error;
  }
  chmodSync(mountPoint, 0o755);
  const folder = path.join(mountPoint, 'server');
  const ballast = path.join(mountPoint, 'ballast');
  mkdirSync(folder, { mode: 0o700 });
  giveToServer(folder);
  return {
    folder,
    fill: () => fillUp(ballast),
    free: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]: () => {
      execFileSync('umount', ['--lazy', mountPoint]);
      rmSync(mountPoint, { recursive: true, force: true });
    },
  };
}

/** Moves a folder of a stopped server onto a volume, and leaves a link in its place. */
export function moveOnto({ folder }: SmallVolume, original: string): void {
  const moved = path.join(folder, path.basename(original));
  cpSync(original, moved, { recursive: true });
  for (const entry of ['', ...readdirSync(moved, { recursive: true, encoding: 'utf8' })])
    giveToServer(path.join(moved, entry));
  renameSync(original, `${original}.old`);
  rmSync(`${original}.old`, { recursive: true });
  symlinkSync(moved, original);
}

function giveToServer(file: string): void {
  const account = unprivilegedAccount();
  if (account !== undefined) chownSync(file, account.uid, account.gid);
}

/** Writes until nothing more goes in, in pieces that get smaller and smaller. */
function fillUp(file: string): void {
  const ballast = openSync(file, 'a');
  for (let piece = 1_048_576; piece >= 512; ) {
    try {
      writeSync(ballast, Buffer.alloc(piece));
    } catch {
      piece /= 2;
    }
  }
  closeSync(ballast);
}
