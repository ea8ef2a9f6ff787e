import type { Answer, AnyAction } from '@latchkey/core';
import { UnrecoverableError } from 'bullmq';
import { closeAll } from '../close-all.ts';
import { checkWorkerOptions } from '../config/check-options.ts';
import { DEFAULTS } from '../config/settings.ts';
import { logWarnings, prepareStart, type StartOptions } from '../doctor/prepare-start.ts';
import { type JobProcessor, openQueueBackend, type QueueBackend } from '../queue/queue-backend.ts';
import { type QueueSettings, queueOptionsOf } from '../queue/queue-settings.ts';
import { checkKeys, indexActions, openRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts';
import type { Endpoint } from '../signals/endpoint.ts';
import { type Consumer, consume } from './consume.ts';
import { saysGoodbye } from './goodbye.ts';
import { Intake } from './intake.ts';
import { ParkedJobs } from './parked-jobs.ts';
import { type MetricsSettings, registryOf, startMetrics } from './start-metrics.ts';
import { Sweeper, type SweepOptions } from './sweeper.ts';

/** How a worker is started. */
export interface WorkerSettings extends RuntimeOptions, QueueSettings, StartOptions, MetricsSettings {
  readonly actions: readonly AnyAction[];
  /**
   * Effects under way at once; default 50: they mostly wait for a remote. Where effects are short, more
   * jobs than these are taken off the queue: some wait here for the next claim, others for their record.
   */
  readonly concurrency?: number;
  /** BullMQ's lock on a job, in milliseconds, renewed at half of it; default 30,000. */
  readonly lockDurationMs?: number;
  /** How often BullMQ looks for jobs of dead workers, in milliseconds; default 30,000. */
  readonly stalledIntervalMs?: number;
  /** See `SweepOptions`; `false` where other workers sweep. */
  readonly sweep?: Partial<SweepOptions> | false;
  /** Called with the answer of each job that the queue now has as completed; for counters. Default: nothing. */
  readonly onAnswered?: (answer: Answer) => void;
}

/** A worker that runs. */
export interface RunningWorker {
  readonly name: string;
  readonly sweeper: Sweeper | null;
  /** Address under which metrics and health are served; `null` where they aren't. */
  readonly metricsUrl: string | null;
  /** Counts the jobs that it has taken and not yet ended. */
  underWay(): number;
  /** Counts those of them whose outcome nothing but this process will know, or knows: `close` waits for these. */
  atRisk(): number;
  /**
   * Takes no more jobs, lets what is performing finish and be recorded, then closes all connections. A queue that is away
   * is waited for five seconds once nothing is at risk.
   */
  close(): Promise<void>;
}

/**
 * Starts a worker: it takes jobs of all given actions off one queue, and sweeps.
 *
 * @throws {InvalidConfig}, {InvalidAction}, {Unreachable}, {Unfit}, {SchemaMismatch} before anything is taken.
 * @example
 * const worker = await startWorker({ databaseUrl, redisUrl, actions: [createTicket] });
 * process.once('SIGTERM', () => worker.close());
 */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  checkWorkerOptions(settings);
  const actions = indexActions(settings.actions);
  checkKeys(settings.actions, settings.encryptionKeys);
  const queueOptions = queueOptionsOf(settings);
  const jobOptions = jobOptionsOf(settings);
  const warnings = await prepareStart({
    ...settings,
    queue: queueOptions,
    work: {
      lockDurationMs: jobOptions.lockDuration,
      stalledIntervalMs: jobOptions.stalledInterval,
      actions: settings.actions,
    },
  });
  const registry = registryOf(settings);
  const runtime = await openRuntime({
    ...settings,
    ...(registry === undefined ? {} : { metrics: registry }),
  });
  logWarnings(runtime.log, warnings);
  const backend = openQueueBackend({ ...queueOptions, log: runtime.log, tracing: settings.tracing });
  const intake = new Intake(jobOptions.concurrency, (jobs) => {
    worker.concurrency = jobs;
  });
  const line = { queue: backend.queue, actions, parked: new ParkedJobs(), isOpen: () => intake.isOpen };
  const processor = processorOf({ runtime, line, intake }, actions);
  const worker = backend.startWorker(processor, jobOptions);
  const { onAnswered } = settings;
  if (onAnswered !== undefined) worker.on('completed', (_job, answer) => onAnswered(answer as Answer));
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) intake.lost(id);
  });
  const sweeper = startSweeper(runtime, backend.queue, settings);
  let endpoint: Endpoint | null = null;
  const atRisk = () => intake.atRisk;
  const waiting = (jobs: number) =>
    runtime.log.warn({ jobs }, 'leaving: jobs perform, or their outcomes can not be recorded yet');
  let closing: Promise<void> | undefined;
  const close = () => {
    intake.close();
    closing ??= closeAll([
      () => endpoint?.close(),
      // first, so that no more jobs are taken while a sweep ends
      () => saysGoodbye(worker.close(), atRisk, waiting),
      () => sweeper?.stop(),
      () => saysGoodbye(backend.close(), atRisk),
      () => runtime.close(),
    ]);
    return closing;
  };
  try {
    endpoint = await startMetrics(settings, registry, { runtime, queue: backend.queue });
    await Promise.all([worker.waitUntilReady(), backend.waitUntilReady()]);
  } catch (error) {
    await close().catch(() => undefined); // why it can't start is said already
    throw error;
  }
  const underWay = () => intake.underWay;
  return { name: runtime.name, sweeper, metricsUrl: endpoint?.url ?? null, underWay, atRisk, close };
}

function jobOptionsOf(settings: WorkerSettings) {
  return {
    concurrency: settings.concurrency ?? DEFAULTS.concurrency,
    lockDuration: settings.lockDurationMs ?? DEFAULTS.lockDurationMs,
    stalledInterval: settings.stalledIntervalMs ?? DEFAULTS.stalledIntervalMs,
    // how often an effect may be tried is the ledger's to decide; a job that stalled is delivered again
    maxStalledCount: 1_000_000,
  } satisfies Parameters<QueueBackend['startWorker']>[1];
}

function processorOf(consumer: Consumer, actions: ReadonlyMap<string, AnyAction>): JobProcessor {
  return (job, token) => {
    const action = actions.get(job.name);
    if (action === undefined) {
      throw new UnrecoverableError(
        `UNKNOWN_ACTION: this worker has no action ${job.name} (it has ${[...actions.keys()].join(', ')}). ` +
          'Start a worker with it, then retry this job',
      );
    }
    return consume(consumer, { action, job, token });
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
