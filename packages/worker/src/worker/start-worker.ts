import type { AnyAction } from '@latchkey/core';
import { UnrecoverableError } from 'bullmq';
import { checkWorkerOptions } from '../config/check-options.ts';
import { DEFAULTS } from '../config/settings.ts';
import { bareError } from '../queue/bare-error.ts';
import { prepareStart } from '../queue/prepare-start.ts';
import {
  type JobProcessor,
  type JobQueue,
  openQueueBackend,
  type QueueBackend,
  type QueueKind,
  type QueueOptions,
} from '../queue/queue-backend.ts';
import { indexActions, openRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts';
import { consume, putBack } from './consume.ts';
import { Sweeper, type SweepOptions } from './sweeper.ts';

/** What clients and workers must agree on to meet in one queue. */
export interface QueueSettings {
  /** BullMQ's backend; default `redis` where `redisUrl` is given, else `postgres`. */
  readonly queue?: QueueKind;
  readonly redisUrl?: string;
  /** Name of the BullMQ queue; default `latchkey`. */
  readonly queueName?: string;
  /** Prefix of BullMQ's Redis keys; default BullMQ's own, `bull`. Put it in braces for Redis Cluster. */
  readonly prefix?: string;
}

/** How a worker is started. */
export interface WorkerSettings extends RuntimeOptions, QueueSettings {
  readonly actions: readonly AnyAction[];
  /** Jobs under way at once; default 50: effects mostly wait for a remote. */
  readonly concurrency?: number;
  /** BullMQ's lock on a job, in milliseconds, renewed at half of it; default 30,000. */
  readonly lockDurationMs?: number;
  /** How often BullMQ looks for jobs of dead workers, in milliseconds; default 30,000. */
  readonly stalledIntervalMs?: number;
  /** See `SweepOptions`; `false` where other workers sweep. */
  readonly sweep?: Partial<SweepOptions> | false;
}

/** A worker that runs. */
export interface RunningWorker {
  readonly name: string;
  readonly sweeper: Sweeper | null;
  /** Counts the jobs that it has taken and not yet ended. */
  underWay(): number;
  /** Takes no more jobs, lets what is performing finish and be recorded, then closes all connections. */
  close(): Promise<void>;
}

/** Name of the queue unless another is set. */
export const DEFAULT_QUEUE: string = DEFAULTS.queueName;

/**
 * Starts a worker: it takes jobs of all given actions off one queue, and sweeps.
 *
 * @throws {InvalidConfig}, {InvalidAction}, {Unreachable}, {SchemaMismatch} before anything is taken.
 * @example
 * const worker = await startWorker({ databaseUrl, redisUrl, actions: [createTicket] });
 * process.once('SIGTERM', () => worker.close());
 */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  checkWorkerOptions(settings);
  const actions = indexActions(settings.actions);
  const queueOptions = queueOptionsOf(settings);
  await prepareStart(queueOptions, settings.migrate ?? false);
  const runtime = await openRuntime(settings);
  const backend = openQueueBackend({ ...queueOptions, log: runtime.log });
  let closing: Promise<void> | undefined;
  const perform = processorOf({ runtime, queue: backend.queue }, actions);
  const { processor, underWay } = whileOpen(perform, () => closing === undefined);
  const worker = backend.startWorker(processor, { name: runtime.name, ...jobOptionsOf(settings) });
  worker.on('error', (error) => runtime.log.warn({ err: bareError(error) }, 'queue worker'));
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id, "the queue's lock was lost");
  });
  const sweeper = startSweeper(runtime, backend.queue, settings);
  const close = () => {
    closing ??= closeAll([
      // first, so that no more jobs are taken while a sweep ends
      () => worker.close(),
      () => sweeper?.stop(),
      () => backend.close(),
      () => runtime.close(),
    ]);
    return closing;
  };
  try {
    await worker.waitUntilReady();
  } catch (error) {
    await close().catch(() => undefined); // why it can't start is said already
    throw error;
  }
  return { name: runtime.name, sweeper, underWay, close };
}

/** Counts what is under way, and puts back what comes too late: BullMQ may fetch one more job while it closes. */
function whileOpen(
  perform: JobProcessor,
  isOpen: () => boolean,
): { processor: JobProcessor; underWay: () => number } {
  let underWay = 0;
  const processor: JobProcessor = async (job, token, signal) => {
    if (!isOpen()) return putBack(job, token);
    underWay += 1;
    try {
      return await perform(job, token, signal);
    } finally {
      underWay -= 1;
    }
  };
  return { processor, underWay: () => underWay };
}

function jobOptionsOf(settings: WorkerSettings): Parameters<QueueBackend['startWorker']>[1] {
  return {
    concurrency: settings.concurrency ?? DEFAULTS.concurrency,
    lockDuration: settings.lockDurationMs ?? DEFAULTS.lockDurationMs,
    stalledInterval: settings.stalledIntervalMs ?? DEFAULTS.stalledIntervalMs,
    // how often an effect may be tried is the ledger's to decide; a job that stalled is delivered again
    maxStalledCount: 1_000_000,
    removeOnComplete: { count: 0 },
  };
}

/** Completes what a client or worker was told about the queue. */
export function queueOptionsOf(settings: QueueSettings & { databaseUrl: string }): Omit<QueueOptions, 'log'> {
  const kind = settings.queue ?? (settings.redisUrl === undefined ? 'postgres' : 'redis');
  return {
    kind,
    databaseUrl: settings.databaseUrl,
    redisUrl: settings.redisUrl,
    name: settings.queueName ?? DEFAULT_QUEUE,
    prefix: settings.prefix ?? DEFAULTS.prefix,
  };
}

function processorOf(
  ports: { readonly runtime: Runtime; readonly queue: JobQueue },
  actions: ReadonlyMap<string, AnyAction>,
): JobProcessor {
  return async (job, token, signal) => {
    const action = actions.get(job.name);
    if (action === undefined) {
      throw new UnrecoverableError(
        `UNKNOWN_ACTION: this worker has no action ${job.name} (it has ${[...actions.keys()].join(', ')}). ` +
          'Start a worker with it, then retry this job',
      );
    }
    return consume(ports, { action, job, token, signal });
  };
}

function startSweeper(
  runtime: Runtime,
  queue: ConstructorParameters<typeof Sweeper>[1],
  settings: WorkerSettings,
): Sweeper | null {
  if (settings.sweep === false) return null;
  const options = {
    intervalMs: DEFAULTS.sweepIntervalMs,
    graceMs: DEFAULTS.sweepGraceMs,
    ...settings.sweep,
  };
  const sweeper = new Sweeper(runtime, queue, settings.actions, options);
  sweeper.start();
  return sweeper;
}

/** Closes one thing after the other, each even if one before it failed; throws the first failure. */
export async function closeAll(steps: readonly (() => Promise<unknown> | undefined)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
