import { randomBytes } from 'node:crypto';
import type { AnyAction, Log } from '@latchkey/core';
import {
  type Client,
  connect,
  openRuntime,
  type QueueKind,
  type RunningWorker,
  type Runtime,
  startWorker,
  type WorkerSettings,
} from '@latchkey/worker';
import pg from 'pg';
import { inject } from 'vitest';
import { type PlainQueue, plainQueue } from './plain-queue.ts';

/** Both places where BullMQ can keep its jobs; every test runs on each. */
export const BACKENDS: readonly QueueKind[] = ['redis', 'postgres'];

/** What clients and workers of one stage share. */
export interface StageSettings {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly queue: QueueKind;
  readonly queueName: string;
  readonly schema: string;
  readonly prefix?: string;
  /** The shared server has fsync off: what is in it is thrown away. */
  readonly acceptUnsafeDatabase: true;
}

/** Settings of a worker that a test may choose; the rest is the stage's. */
export type WorkerChoice = Partial<Omit<WorkerSettings, 'queue' | 'schema' | 'actions'>>;

/** Servers that aren't the shared ones. */
export interface StageServers {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** In braces for a cluster. */
  readonly prefix?: string;
}

/** One ledger schema and one queue of a test's own, and what was opened on them; all of it closed together. */
export interface Stage extends AsyncDisposable {
  readonly settings: StageSettings;
  connect(...actions: readonly AnyAction[]): Promise<Client>;
  startWorker(actions: readonly AnyAction[], choice?: WorkerChoice): Promise<RunningWorker>;
  openRuntime(name?: string): Promise<Runtime>;
  /** A BullMQ queue as any producer would open it. */
  openQueue(queueName?: string): PlainQueue;
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>;
  /** Has something closed together with the stage. */
  use<T extends AsyncDisposable>(opened: T): T;
  close(): Promise<void>;
}

/** Short enough that a test sees a dead worker's job again soon, long enough that a busy machine loses no lock. */
export const QUICK = {
  lockDurationMs: 2_500,
  stalledIntervalMs: 500,
  sweep: { intervalMs: 300, graceMs: 300 },
} as const;

/** Opens a stage: its ledger and BullMQ's tables are made, nothing runs yet. */
export async function openStage(queue: QueueKind, servers: StageServers = {}): Promise<Stage> {
  const name = `t_${queue}_${randomBytes(5).toString('hex')}`;
  const settings: StageSettings = {
    databaseUrl: servers.databaseUrl ?? inject('postgresUrl'),
    redisUrl: servers.redisUrl ?? inject('redisUrl'),
    queue,
    queueName: name,
    schema: name,
    acceptUnsafeDatabase: true,
    ...(servers.prefix === undefined ? {} : { prefix: servers.prefix }),
  };
  const opened = new AsyncDisposableStack();
  const defer = <T extends { close(): Promise<void> }>(closable: T): T => {
    opened.defer(() => closable.close());
    return closable;
  };
  const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: 4 });
  pool.on('error', () => undefined);
  opened.defer(() => pool.end());
  // makes the tables, the ledger's and BullMQ's
  await (await connect({ ...settings, migrate: true, actions: [], log: quiet })).close();
  return {
    settings,
    connect: async (...actions) => defer(await connect({ ...settings, actions, log: quiet })),
    startWorker: async (actions, choice = {}) =>
      defer(await startWorker({ ...settings, ...QUICK, log: quiet, ...choice, actions })),
    openRuntime: async (runtimeName) =>
      defer(await openRuntime({ ...settings, log: quiet, ...(runtimeName ? { name: runtimeName } : {}) })),
    openQueue: (queueName = settings.queueName) => defer(plainQueue({ ...settings, queueName })),
    query: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<R>(text.replaceAll('$schema', settings.schema), values)).rows,
    use: (closable) => opened.use(closable),
    close: () => opened.disposeAsync(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Faults are what these tests are about, so that their log lines would only hide a failure. */
export const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
