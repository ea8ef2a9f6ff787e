import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Point } from '@latchkey/core';
import type { Remotes, Timing } from './actions.ts';
import type { StageSettings } from './stage.ts';

/** Points of the worker's path, and the one between the last check and the send. */
export type FaultPoint = Point | 'sending';

/** What happens to a worker process when an intent reaches a point, the first time. */
export interface WorkerFault {
  readonly point: FaultPoint;
  readonly intentIds: readonly string[];
  /**
   * `hold`: the delivery waits there, its lease renewed, until the parent calls `release`, or kills or stops the
   * process meanwhile; `kill`: the process sends itself SIGKILL; `block`: its event loop is blocked until `release`.
   */
  readonly how: 'hold' | 'kill' | 'block';
}

/** What a worker process is started with. */
export interface WorkerConfig {
  readonly settings: StageSettings & {
    readonly concurrency?: number;
    readonly lockDurationMs?: number;
    readonly stalledIntervalMs?: number;
    readonly sweep?: { readonly intervalMs: number; readonly graceMs: number } | false;
  };
  readonly remotes: Remotes;
  readonly timing?: Timing;
  readonly fault?: WorkerFault;
}

/** What a worker process tells its parent. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly name: string }
  | { readonly kind: 'leaving' }
  | { readonly kind: 'point'; readonly point: FaultPoint; readonly intentId: string };

/** A worker in a process of its own. */
export interface WorkerProcess extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** How it ended: the signal, or the exit code. */
  readonly exited: Promise<NodeJS.Signals | number>;
  kill(signal: NodeJS.Signals): void;
  /** Lets what is held at the fault's point go on; a stopped process hears of it when it goes on itself. */
  release(): void;
  /** Resolves when the intent reaches the point, or has reached it. */
  reached(point: FaultPoint, intentId: string): Promise<void>;
  /** Resolves when it drains. */
  readonly leaving: Promise<void>;
  /** End of what it logged, for failures that need an explanation. */
  output(): string;
}

const MAIN = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
const KEPT_OUTPUT = 20_000;

/** What a worker process is launched with besides; nothing unless told. */
export interface Launch {
  readonly execArgv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a worker process; resolves once it takes jobs. */
export async function startWorkerProcess(config: WorkerConfig, launch: Launch = {}): Promise<WorkerProcess> {
  const releaseFile = join(tmpdir(), `latchkey-release-${randomUUID()}`);
  const child = fork(MAIN, {
    execArgv: ['--conditions=@latchkey/source', ...(launch.execArgv ?? [])],
    env: {
      ...process.env,
      ...launch.env,
      WORKER_CONFIG: JSON.stringify(config),
      WORKER_RELEASE: releaseFile,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = collect(child);
  const exited = once(child, 'exit').then(([code, signal]) => (signal ?? code) as NodeJS.Signals | number);
  const points = watchPoints(child);
  const leaving = message(child, 'leaving').then(() => undefined);
  const name = await Promise.race([
    message(child, 'ready').then(({ name }) => name),
    exited.then((end) => {
      throw new Error(`the worker process ended (${end}) before it was ready\n${output()}`);
    }),
  ]);
  return {
    name,
    pid: child.pid ?? 0,
    exited,
    kill: (signal) => {
      child.kill(signal);
    },
    release: () => {
      child.send('go');
      writeFileSync(releaseFile, '');
    },
    reached: points,
    leaving,
    output,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(releaseFile, { force: true });
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-KEPT_OUTPUT);
    });
  }
  return () => text;
}

type Message<K extends WorkerMessage['kind']> = Extract<WorkerMessage, { kind: K }>;

function message<K extends WorkerMessage['kind']>(child: ChildProcess, kind: K): Promise<Message<K>> {
  return new Promise((resolve) => {
    child.on('message', (said: WorkerMessage) => {
      if (said.kind === kind) resolve(said as Message<K>);
    });
  });
}

function watchPoints(child: ChildProcess): (point: FaultPoint, intentId: string) => Promise<void> {
  const seen = new Set<string>();
  const waiting = new Map<string, () => void>();
  child.on('message', (message: WorkerMessage) => {
    if (message.kind !== 'point') return;
    const name = `${message.point} ${message.intentId}`;
    seen.add(name);
    waiting.get(name)?.();
  });
  return (point, intentId) =>
    new Promise((resolve) => {
      const name = `${point} ${intentId}`;
      if (seen.has(name)) resolve();
      else waiting.set(name, resolve);
    });
}
