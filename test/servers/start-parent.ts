import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A process of its own that has started a server. */
export interface Parent {
  readonly url: string;
  /** The process id of the server. */
  readonly pid: number;
  readonly folder: string | undefined;
  /** Ends the parent in a way it cannot notice. */
  kill(): Promise<void>;
}

/** Starts a server in another process and returns once it is ready. */
export async function startParent(...args: readonly string[]): Promise<Parent> {
  const program = path.join(import.meta.dirname, 'parent.ts');
  const child: ChildProcess = spawn(process.execPath, ['--conditions=@latchkey/source', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('a pipe was asked for');
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => Promise.reject(new Error(`the parent ended with ${code}`))),
  ]);
  return {
    ...(JSON.parse(String(line[0])) as Omit<Parent, 'kill'>),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Whether a process is there, dead or alive. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
