import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of a test's own, whose path has a space, and in which a demo keeps everything. */
export interface DemoFolder extends AsyncDisposable {
  readonly path: string;
  /** What a demo left in it. */
  left(): Promise<string[]>;
  /** Process ids of all that runs in it: children, servers, watchdogs. */
  running(): Promise<number[]>;
}

/** The demo as a process. */
export interface DemoProcess {
  readonly exit: Promise<number | NodeJS.Signals>;
  stdout(): string;
  stderr(): string;
  /** Resolves once it has said so, on either stream. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const main = path.resolve(import.meta.dirname, '../../packages/examples/src/demo/main.ts');

/** Makes a folder for a demo's temporary files. */
export async function openDemoFolder(): Promise<DemoFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey demo test '));
  await chmod(folder, 0o711); // the server of root runs as somebody else
  return {
    path: folder,
    left: () => readdir(folder),
    running: () => processesNaming(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Starts the demo; all of its temporary files are in `folder`. */
export function startDemo(folder: DemoFolder, args: readonly string[]): DemoProcess {
  const { REDIS_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', main, ...args], {
    cwd: folder.path,
    env: { ...env, TMPDIR: folder.path, INIT_CWD: folder.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  return {
    exit: new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
    }),
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    said: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (`${text.stdout}${text.stderr}`.includes(wanted)) resolve();
        };
        for (const name of ['stdout', 'stderr'] as const) child[name].on('data', look);
        child.once('close', () =>
          reject(new Error(`it never said ${wanted}:\n${text.stdout}${text.stderr}`)),
        );
        look();
      }),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** All processes of a demo have its folder in their arguments; there is no /proc to look into elsewhere. */
async function processesNaming(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const named = await Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(text)),
  );
  return pids.filter((_, index) => named[index]);
}
