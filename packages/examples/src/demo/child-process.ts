import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sourceConditions } from '../remotes/source-conditions.ts';
import type { ChildMessage } from './child-message.ts';
import { DemoError } from './demo-error.ts';
import type { ChildSettings } from './settings.ts';

/** A worker or producer in a process of its own. It ends with the demo, however that one ends. */
export interface DemoChild {
  readonly name: string;
  readonly pid: number;
  /** Resolves with a message of this kind; rejects when the process ends before. */
  heard<K extends ChildMessage['kind']>(kind: K): Promise<Extract<ChildMessage, { kind: K }>>;
  /** Rejects when the process ends without having been told to. */
  readonly failed: Promise<never>;
  /** Lets it finish what is under way; killed after five seconds. */
  stop(): Promise<void>;
  /** Kills it (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>;
}

const stopLimitMs = 5_000;

/** Starts the process of a file beside this one, such as `plain-worker`. */
export function startChild(program: string, settings: ChildSettings): DemoChild {
  const logFile = path.join(settings.folder, `${settings.name}.log`);
  const child = spawnChild(program, settings, logFile);
  const messages: ChildMessage[] = [];
  child.on('message', (message) => messages.push(message as ChildMessage));
  let told = false;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once('error', (error) => resolve(error.message)); // it couldn't even be spawned
  });
  const ended = exited.then((how) => {
    throw new DemoError(`${settings.name} ended (${how})\n${tailOf(logFile)}`.trim());
  });
  ended.catch(() => undefined); // heard by whoever waits for something
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    told = true;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await exited;
    clearTimeout(late);
  };
  return {
    name: settings.name,
    pid: child.pid ?? 0,
    heard: (kind) => Promise.race([hear(child, messages, kind), ended]),
    failed: new Promise((_, reject) => {
      ended.catch((error: unknown) => {
        if (!told && !messages.some(({ kind }) => kind === 'done')) reject(error);
      });
    }),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function spawnChild(program: string, settings: ChildSettings, logFile: string): ChildProcess {
  // In a file: everybody on the machine could read arguments, and decisions are too long for a variable.
  const settingsFile = path.join(settings.folder, `${settings.name}.settings.json`);
  writeFileSync(settingsFile, JSON.stringify(settings), { mode: 0o600 });
  const log = openSync(logFile, 'a', 0o600);
  const file = path.join(import.meta.dirname, `${program}${path.extname(import.meta.filename)}`);
  const child = spawn(process.execPath, [...sourceConditions(), file, settingsFile], {
    stdio: ['ignore', log, log, 'ipc'],
    // In a group of its own: Ctrl-C reaches the demo alone, which ends its children.
    detached: true,
    windowsHide: true,
  });
  closeSync(log);
  return child;
}

function hear<K extends ChildMessage['kind']>(
  child: ChildProcess,
  messages: readonly ChildMessage[],
  kind: K,
): Promise<Extract<ChildMessage, { kind: K }>> {
  const isWanted = (message: ChildMessage): message is Extract<ChildMessage, { kind: K }> =>
    message.kind === kind;
  const there = messages.find(isWanted);
  if (there !== undefined) return Promise.resolve(there);
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (isWanted(message as ChildMessage)) resolve(message as Extract<ChildMessage, { kind: K }>);
    });
  });
}

function tailOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-1_500).trim();
  } catch {
    return '';
  }
}
