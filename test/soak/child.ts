import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Remotes } from '../worker/setup/actions.ts';
import type { StageSettings } from '../worker/setup/stage.ts';
import type { FaultPoint } from '../worker/setup/worker-process.ts';

/** Where producers, workers and people meet: a database with `fsync` on, and no Redis where the jobs are in it. */
export type SoakSettings = Omit<StageSettings, 'redisUrl' | 'acceptUnsafeDatabase'> & {
  readonly redisUrl?: string;
};

/** What every child process of a soak is started with. */
export interface ChildConfig {
  readonly name: string;
  readonly folder: string;
  readonly settings: SoakSettings;
  readonly remotes: Remotes;
}

/** What a producer is started with. */
export interface ProducerConfig extends ChildConfig {
  /** Submissions a second. */
  readonly rate: number;
  readonly seed: number;
}

/** What a child is told. */
export type Order =
  | { readonly order: 'strike'; readonly point: FaultPoint; readonly how: 'SIGKILL' | 'SIGSTOP' }
  | { readonly order: 'spare' }
  | { readonly order: 'block'; readonly ms: number }
  | { readonly order: 'finish' };

/** Memory of a process, in bytes, after a full garbage collection, and how much it has open. */
export interface MemorySample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  readonly open: number;
}

/** What a child tells. */
export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'struck' }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'memory'; readonly sample: MemorySample };

/** A worker or a producer in a process of its own. It ends with the soak, however that one ends. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** How it ended: the signal, or the exit code. */
  readonly exited: Promise<NodeJS.Signals | number>;
  /** Whether it ever was ready, and whether it runs still. */
  wasReady(): boolean;
  isRunning(): boolean;
  /** Whether its end is somebody's doing. */
  isDoomed(): boolean;
  /** Whether it was ever told to kill itself: it may do so just as it is spared. */
  mayKillItself(): boolean;
  readonly memory: readonly MemorySample[];
  tell(order: Order): void;
  /** Resolves with whether it says this within so many milliseconds. */
  says(kind: ChildMessage['kind'], withinMs: number): Promise<boolean>;
  /** Sends a signal; one that may end it dooms it. */
  signal(signal: NodeJS.Signals): void;
  doom(): void;
  /** The end of its log. */
  tail(): string;
}

/** Starts the process of a file beside this one. */
export function startChild(program: 'worker-main' | 'producer-main', config: ChildConfig): Child {
  const logFile = path.join(config.folder, `${config.name}.log`);
  const process_ = spawnChild(program, config, logFile);
  const memory: MemorySample[] = [];
  const state = { ready: false, running: true, doomed: false, condemned: false };
  process_.on('message', (message: ChildMessage) => {
    if (message.kind === 'ready') state.ready = true;
    if (message.kind === 'memory') memory.push(message.sample);
  });
  const exited = new Promise<NodeJS.Signals | number>((resolve) => {
    process_.once('exit', (code, signal) => {
      state.running = false;
      resolve(signal ?? code ?? 1);
    });
  });
  return {
    name: config.name,
    pid: process_.pid ?? 0,
    exited,
    memory,
    wasReady: () => state.ready,
    isRunning: () => state.running,
    isDoomed: () => state.doomed,
    mayKillItself: () => state.condemned,
    tell: (order) => {
      if (order.order === 'strike' && order.how === 'SIGKILL') state.condemned = true;
      if (process_.connected) process_.send(order, () => undefined);
    },
    says: (kind, withinMs) => heard(process_, kind, withinMs),
    signal: (signal) => {
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') state.doomed = true;
      process_.kill(signal);
    },
    doom: () => {
      state.doomed = true;
    },
    tail: () => readFileSync(logFile, 'utf8').slice(-3_000).trim(),
  };
}

function spawnChild(program: string, config: ChildConfig, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  const file = path.join(import.meta.dirname, `${program}.ts`);
  const child = spawn(process.execPath, ['--expose-gc', '--conditions=@latchkey/source', file], {
    env: { ...process.env, SOAK_CONFIG: JSON.stringify(config) },
    stdio: ['ignore', log, log, 'ipc'],
    // In a group of its own: Ctrl-C reaches the soak alone, which ends its children after the audit.
    detached: true,
  });
  closeSync(log);
  return child;
}

function heard(child: ChildProcess, kind: ChildMessage['kind'], withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listen = (message: ChildMessage) => {
      if (message.kind === kind) end(true);
    };
    const gone = () => end(false);
    const timer = setTimeout(gone, withinMs);
    const end = (said: boolean) => {
      clearTimeout(timer);
      child.off('message', listen);
      child.off('exit', gone);
      resolve(said);
    };
    child.on('message', listen);
    child.once('exit', gone);
  });
}
