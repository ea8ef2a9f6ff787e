import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of this folder that said it is ready. */
export interface Entry<M> extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly said: M;
  readonly exited: Promise<NodeJS.Signals | number>;
  /** What it wrote to its standard output. */
  output(): string;
}

/** Forks an entry of this folder, and returns once it sends its first message. */
export async function startEntry<M>(file: string, env: Record<string, string> = {}): Promise<Entry<M>> {
  const child = fork(fileURLToPath(new URL(`./${file}`, import.meta.url)), {
    execArgv: ['--conditions=@latchkey/source'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const exited = once(child, 'exit').then(([code, signal]) => (signal ?? code) as NodeJS.Signals | number);
  const early = exited.then((end) => {
    throw new Error(`${file} ended (${end}) before it was ready\n${text}`);
  });
  early.catch(() => undefined);
  const [said] = (await Promise.race([once(child, 'message'), early])) as [M];
  return {
    child,
    said,
    exited,
    output: () => text,
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}
