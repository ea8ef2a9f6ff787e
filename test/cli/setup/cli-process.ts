import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const MAIN = path.resolve(import.meta.dirname, '../../../packages/worker/src/cli/main.ts');
const MODULES = path.resolve(import.meta.dirname, '../modules');

/** Environment variables; nothing else of the test's own environment reaches the process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** How a process of the command line ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of a worker's log. */
export type LogLine = { readonly msg: string } & Readonly<Record<string, unknown>>;

/** A command that runs, in the folder of the test's modules. */
export interface CliProcess extends AsyncDisposable {
  /** Waits for the next line of this message; rejects when the process ends without it. */
  logged(message: string): Promise<LogLine>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Runs `latchkey` from its sources until it ends. */
export async function runCli(args: readonly string[], env: Variables): Promise<Ended> {
  await using cli = startCli(args, env);
  return await cli.ended;
}

/** Starts `latchkey` from its sources. */
export function startCli(args: readonly string[], env: Variables): CliProcess {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', MAIN, ...args], {
    cwd: MODULES,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const one of [...waiting]) one();
  };
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    look();
  });
  const stderr = text(child.stderr);
  const ended = once(child, 'close').then(async ([code, signal]) => {
    look();
    return { code, signal, stdout: lines.join('\n'), stderr: await stderr } as Ended;
  });
  let read = 0;
  return {
    ended,
    signal: (signal) => void child.kill(signal),
    logged: (message) => {
      const found = Promise.withResolvers<LogLine>();
      const search = (): void => {
        for (; read < lines.length; read += 1) {
          const line = parse(lines[read]);
          if (line?.msg !== message) continue;
          read += 1;
          waiting.delete(search);
          found.resolve(line);
          return;
        }
      };
      waiting.add(search);
      search();
      const tooLate = ended.then(({ code, stdout, stderr: said }) => {
        throw new Error(`ended with ${code} before it logged "${message}":\n${stdout}\n${said}`);
      });
      return Promise.race([found.promise, tooLate]);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function parse(line: string | undefined): LogLine | undefined {
  try {
    return JSON.parse(line ?? '') as LogLine;
  } catch {
    return undefined;
  }
}
