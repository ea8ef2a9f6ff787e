import { spawn } from 'node:child_process';
import path from 'node:path';

/** What a watchdog cleans up. */
export type Charge =
  | { readonly kind: 'postgres'; readonly folder: string; readonly holder: string }
  | { readonly kind: 'process'; readonly folder: string };

/** A process that outlives us by as long as cleaning up takes. */
export interface Watchdog {
  /** Tells it which process it has to end. */
  watch(pid: number): void;
  /** Sends it away: there is nothing to clean up any more. */
  dismiss(): void;
}

/**
 * Starts a process that cleans up after us when we are gone, even by `kill -9`.
 *
 * Its standard input is a pipe whose other end only we hold. The system closes that when we end, in whatever
 * way, so nothing has to be polled and no process id can be mistaken for ours.
 */
export function startWatchdog(charge: Charge): Watchdog {
  // The file beside this one, which is .ts in the sources and .js in the package.
  const program = path.join(import.meta.dirname, `watchdog-main${path.extname(import.meta.filename)}`);
  const child = spawn(process.execPath, [program, JSON.stringify(charge)], {
    cwd: path.parse(process.cwd()).root,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return {
    watch: (pid) => {
      child.stdin.write(`${pid}\n`);
    },
    dismiss: () => {
      child.kill('SIGKILL');
    },
  };
}
