import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Another process that is ready, and does its work when told. */
export interface Worker {
  /** Lets it go, and returns what it says in the end. */
  run(): Promise<unknown>;
}

/** Starts a program of this folder with one argument, and returns once it says that it is ready. */
export async function startProcess(program: string, argument: object): Promise<Worker> {
  const child = spawn(
    process.execPath,
    ['--conditions=@latchkey/source', path.join(import.meta.dirname, program), JSON.stringify(argument)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface(child.stdout);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${program} ended with ${code}`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(lines, 'line'), ended]);
  return {
    run: async () => {
      const answer = once(lines, 'line');
      child.stdin.end('go\n');
      const [line] = await Promise.race([answer, ended]);
      return JSON.parse(String(line));
    },
  };
}
