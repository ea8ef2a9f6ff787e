import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessAlive } from './process-identity.ts';
import type { Account } from './unprivileged-account.ts';

const pollMs = 20;

/** How to start a server. */
export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the server prints is appended here. */
  readonly logFile: string;
  /** Written to its standard input, which is empty otherwise. */
  readonly input?: string;
  readonly account?: Account | undefined;
}

/** A server that we started. */
export interface ServerProcess {
  readonly pid: number;
  /** Why it ended, once it has. */
  ended(): string | undefined;
}

/**
 * Starts a server in a session of its own, so that Ctrl-C in a terminal reaches the application alone, which
 * may still need the server to finish its work.
 *
 * @throws Error when the program cannot be started
 */
export async function spawnServer(command: ServerCommand): Promise<ServerProcess> {
  const { file, args, cwd, env, account, input, logFile } = command;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(file, args, {
    cwd,
    env,
    ...account,
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', log, log],
    windowsHide: true,
  });
  closeSync(log);
  let ended: string | undefined;
  child.once('exit', (code, signal) => {
    ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  child.unref();
  return { pid: child.pid ?? 0, ended: () => ended };
}

/** Waits until `isTrue` says so, and returns false when it has not within `withinMs`. */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<boolean> {
  for (const end = Date.now() + withinMs; !(await isTrue()); await sleep(pollMs)) {
    if (Date.now() > end) return false;
  }
  return true;
}

/**
 * Ends a process by the first of the signals that makes it go within its time, and returns once it is gone.
 *
 * @param pid the process, which need not be a child of ours
 * @param signals what to send, and how long to wait for each
 * @param isGone tells when; a parent should ask its child's exit event instead of the system, for which a process
 *   can be dead while its other threads still hold its port
 */
export async function endProcess(
  pid: number,
  signals: readonly { readonly signal: NodeJS.Signals; readonly withinMs: number }[],
  isGone: () => boolean = () => !isProcessAlive(pid),
): Promise<void> {
  for (const { signal, withinMs } of signals) {
    try {
      process.kill(pid, signal);
    } catch {
      await waitUntil(isGone, withinMs); // there is nothing left to signal
      return;
    }
    if (await waitUntil(isGone, withinMs)) return;
  }
}

/** The end of a log, for the message of an error. */
export function tailOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-1500).trim();
  } catch {
    return '';
  }
}
