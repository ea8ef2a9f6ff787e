import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { RemoteStats } from './effect-stage.ts';
import type { FaultPlan, FaultSettings } from './faults.ts';
import type { RemoteKind } from './remote.ts';
import type { ListeningLine } from './remote-process.ts';
import { sourceConditions } from './source-conditions.ts';

/** How a remote is started. */
export interface RemoteOptions {
  /** File of its log; created where missing, continued where not. */
  readonly logFile: string;
  /** 0, a free port, by default. */
  readonly port?: number;
  /** Name in its messages; the kind by default. */
  readonly name?: string;
  /** Faults from the start; none by default. */
  readonly faults?: FaultSettings;
  /** Seed of the fault switch, `latchkey` by default. */
  readonly seed?: string;
  /** Ticket desk and effect recorder: how long a key is remembered, 24 hours by default. */
  readonly keyWindowMs?: number;
  /** Effect recorder: honours `Idempotency-Key`; off by default. */
  readonly honourKeys?: boolean;
}

/** A remote in a process of its own. It ends with the process that started it, however that one ends. */
export interface RunningRemote extends AsyncDisposable {
  readonly kind: RemoteKind;
  /** `http://127.0.0.1:PORT`, or `smtp://127.0.0.1:PORT` for the mailbox. */
  readonly url: string;
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  /** Replaces the whole fault plan. */
  setFaults(settings: FaultSettings): Promise<FaultPlan>;
  stats(): Promise<RemoteStats>;
  /** Lets it finish what is under way, and waits until it is gone; killed after five seconds. */
  stop(): Promise<void>;
  /** Kills it (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>;
}

/** A remote that ended, or stayed silent, before it listened; the message carries what it said on stderr. */
export class RemoteNotStarted extends Error {
  override readonly name = 'RemoteNotStarted';
  readonly code = 'REMOTE_NOT_STARTED';
}

type RemoteChild = ChildProcessByStdio<Writable, Readable, Readable>;

const startLimitMs = 30_000;
const stopLimitMs = 5_000;
const stderrKept = 8_192;

/**
 * Starts a remote and resolves once it listens; rejects with `RemoteNotStarted` where it doesn't within 30 seconds.
 *
 * Its process keeps ours alive until it is stopped, by `stop` or at the end of an `await using` block.
 *
 * @example
 * await using desk = await startRemote('ticket-desk', { logFile: 'desk.jsonl', faults: { dropAfterCommit: 0.1 } });
 */
export async function startRemote(kind: RemoteKind, options: RemoteOptions): Promise<RunningRemote> {
  const child = spawn(process.execPath, [...sourceConditions(), mainFile(kind), ...flags(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // In a group of its own: Ctrl-C reaches us alone, and we stop it after those who still write to it.
    detached: true,
    windowsHide: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve()); // it couldn't even be spawned
  });
  // Its end of the pipe closes when it dies, which is told by `exited` already.
  child.stdin.on('error', () => undefined);
  const line = await untilListening(kind, child, exited);
  const url = `${kind === 'mailbox' ? 'smtp' : 'http'}://127.0.0.1:${line.listening}`;
  const adminUrl = `http://127.0.0.1:${line.admin}`;
  const stop = (): Promise<void> => end(child, exited, 'SIGTERM');
  return {
    kind,
    url,
    adminUrl,
    port: line.listening,
    pid: line.pid,
    logFile: options.logFile,
    exited,
    setFaults: (settings) => ask<FaultPlan>(`${adminUrl}/_faults`, JSON.stringify(settings)),
    stats: () => ask<RemoteStats>(`${adminUrl}/_stats`),
    stop,
    [Symbol.asyncDispose]: stop,
    kill: () => end(child, exited, 'SIGKILL'),
  };
}

// As sources run sources and built files run built files.
function mainFile(kind: RemoteKind): string {
  const extension = extname(fileURLToPath(import.meta.url));
  return fileURLToPath(new URL(`./mains/${kind}${extension}`, import.meta.url));
}

function flags(options: RemoteOptions): string[] {
  const { logFile, port, name, faults, seed, keyWindowMs, honourKeys } = options;
  return [
    '--exit-with-parent',
    `--log=${logFile}`,
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(name === undefined ? [] : [`--name=${name}`]),
    ...(faults === undefined ? [] : [`--faults=${JSON.stringify(faults)}`]),
    ...(seed === undefined ? [] : [`--seed=${seed}`]),
    ...(keyWindowMs === undefined ? [] : [`--key-window-ms=${keyWindowMs}`]),
    ...(honourKeys === true ? ['--honour-keys'] : []),
  ];
}

async function untilListening(
  kind: RemoteKind,
  child: RemoteChild,
  exited: Promise<void>,
): Promise<ListeningLine> {
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrKept);
  });
  const lines = createInterface({ input: child.stdout });
  const silent = AbortSignal.timeout(startLimitMs);
  const firstLine = once(lines, 'line', { signal: silent }) as Promise<[string]>;
  const first = await Promise.race([firstLine.then(([line]) => line), exited.then(() => undefined)]).catch(
    () => undefined,
  );
  if (first !== undefined) return JSON.parse(first) as ListeningLine;
  const why = silent.aborted ? `said nothing for ${startLimitMs} ms` : `ended (${ending(child)})`;
  await end(child, exited, 'SIGKILL');
  throw new RemoteNotStarted(`${kind} ${why} before it listened\n${stderr.trim()}`.trim());
}

function ending(child: RemoteChild): string {
  return child.signalCode ?? `exit code ${child.exitCode}`;
}

async function end(child: RemoteChild, exited: Promise<void>, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await exited;
  clearTimeout(late);
}

async function ask<T>(url: string, body?: string): Promise<T> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  throw new Error(`${url} answered ${response.status}: ${text}`);
}
