import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

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
  /** Waits for a line on standard output; answers what its JSON says. */
  printed(isIt: (line: string) => boolean): Promise<unknown>;
  /** Waits for a text on standard error. */
  complained(said: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Runs `latchkey` from its sources until it ends. */
export async function runCli(args: readonly string[], env: Variables): Promise<Ended> {
  await using cli = startCli(args, env);
  return await cli.ended;
}

/** Starts `latchkey` from its sources; `input` is its standard input, default none. */
export function startCli(args: readonly string[], env: Variables, input = ''): CliProcess {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', MAIN, ...args], {
    cwd: MODULES,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it may end without reading
  child.stdin.end(input);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const one of [...waiting]) one();
  };
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    look();
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    look();
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    look();
    return { code, signal, stdout: lines.join('\n'), stderr } as Ended;
  });
  /** Asks again whenever the process says something, until there is an answer. */
  const until = <T>(what: string, find: () => T | undefined): Promise<T> => {
    const found = Promise.withResolvers<T>();
    const search = (): void => {
      const answer = find();
      if (answer === undefined) return;
      waiting.delete(search);
      found.resolve(answer);
    };
    waiting.add(search);
    search();
    const tooLate = ended.then(({ code, stdout, stderr: said }) => {
      throw new Error(`ended with ${code} before ${what}:\n${stdout}\n${said}`);
    });
    return Promise.race([found.promise, tooLate]);
  };
  let read = 0;
  const nextLine = <T>(wanted: (line: string) => T | undefined): T | undefined => {
    while (read < lines.length) {
      const found = wanted(lines[read] ?? '');
      read += 1;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    ended,
    signal: (signal) => void child.kill(signal),
    logged: (message) =>
      until(`it logged "${message}"`, () =>
        nextLine((line) => {
          const parsed = parse(line);
          return parsed?.msg === message ? parsed : undefined;
        }),
      ),
    printed: (isIt) =>
      until('it printed the line', () => nextLine((line) => (isIt(line) ? parse(line) : undefined))),
    complained: async (said) => {
      await until(`it said "${said}"`, () => stderr.includes(said) || undefined);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function parse(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
