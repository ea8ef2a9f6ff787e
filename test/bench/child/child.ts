import { type ChildProcess, fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Answers, Message, Order } from './orders.ts';

/** A producer or worker in a process of its own; it ends with the bench, however that one ends. */
export interface Child {
  readonly pid: number;
  /** Carries out one order. Rejects with the child's error, or with the end of what it printed when it ended. */
  ask<K extends Order['kind']>(order: Extract<Order, { kind: K }>): Promise<Answers[K]>;
  /** Jobs that this worker has acknowledged so far. Throws once its process is gone. */
  acknowledged(): number;
  /** Ends it at once, and resolves when it is gone. */
  kill(): Promise<void>;
}

const MAIN = path.join(import.meta.dirname, 'child-main.ts');

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Starts a process of the contender in `file`. */
export function startChild(file: string): Child {
  const child = fork(MAIN, [file], {
    execArgv: [...process.execArgv, '--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NODE_COMPILE_CACHE: path.join(tmpdir(), 'latchkey-bench-compile-cache'),
    },
  });
  const waiting = new Map<number, Waiting>();
  const printed = tailOf(child);
  let acknowledged = 0;
  let gone: Error | undefined;
  child.on('message', (message: Message) => {
    if (message.kind === 'progress') acknowledged = message.acknowledged;
    else {
      const { resolve, reject } = waiting.get(message.order) ?? {};
      waiting.delete(message.order);
      if (message.kind === 'answered') resolve?.(message.answer);
      else reject?.(new Error(message.error));
    }
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      gone = new Error(`the process ended (${signal ?? `exit code ${code}`})\n${printed()}`.trim());
      for (const { reject } of waiting.values()) reject(gone);
      waiting.clear();
      resolve();
    });
  });
  let orders = 0;
  const ask = (order: Order): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(gone ?? new Error(`the process is ending\n${printed()}`.trim()));
      orders += 1;
      waiting.set(orders, { resolve, reject });
      if (order.kind === 'work') acknowledged = 0;
      child.send([orders, order]);
    });
  return {
    pid: child.pid ?? 0,
    ask: ask as Child['ask'],
    acknowledged() {
      if (gone !== undefined) throw gone;
      return acknowledged;
    },
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** Keeps the end of what a process prints, for the message of its failure. */
function tailOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-2_000);
    });
  }
  return () => text;
}
