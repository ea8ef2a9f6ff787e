import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
const tailLength = 20_000;
/** @type {NodeJS.Signals | undefined} */
let interruptedBy;

/** @param {NodeJS.Signals} signal */
const exitCodeOf = (signal) => 128 + constants.signals[signal];

/**
 * Runs an installer, mirrors what it prints to stderr, and keeps the end of it to explain a failure.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, shell?: boolean }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runInstaller(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-tailLength);
        process.stderr.write(chunk);
      });
    }
    running.add(child);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      if (interruptedBy) process.exit(exitCodeOf(interruptedBy)); // it failed because we were told to end
      resolve({ code: signal ? exitCodeOf(signal) : (code ?? 1), output });
    });
  });
}

/**
 * Runs the task with our own terminal and returns its exit code, or 128 and the signal's number.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export function runTask(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: 'inherit' });
    running.add(child);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(signal ? exitCodeOf(signal) : (code ?? 1));
    });
  });
}

/** Passes signals on to whatever runs, and ends it when our parent is gone without a word (kill -9 of npm). */
export function forwardSignals() {
  // A terminal sends Ctrl-C to the whole foreground group: passing it on would deliver it twice.
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      interruptedBy = signal;
      if (running.size === 0) process.exit(exitCodeOf(signal));
      if (signal === 'SIGINT' && terminal) return;
      for (const child of running) child.kill(signal);
    });
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) for (const child of running) child.kill('SIGTERM');
  }, 500).unref();
}
