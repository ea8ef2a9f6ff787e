import { bareError, type Log } from '@latchkey/core';
import {
  createPostgresBackend,
  type Job,
  type JobsOptions,
  type PgPool,
  Queue,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { finishTogether } from '../redis/finish-together.ts';
import { openRedis, type RedisClient } from '../redis/open-redis.ts';
import { outagesOf } from '../redis/outages.ts';
import { QueuePool } from './queue-pool.ts';

/** Where BullMQ keeps its jobs. */
export type QueueKind = 'redis' | 'postgres';

/** How the queue is reached. */
export interface QueueOptions {
  readonly kind: QueueKind;
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  /** Name of the BullMQ queue; producers and workers must agree. */
  readonly name: string;
  /** Prefix of BullMQ's Redis keys; braces around it for Redis Cluster. */
  readonly prefix: string;
  /** Hears of connection errors, which the clients themselves recover from. */
  readonly log: Log;
  /** Has BullMQ make OpenTelemetry spans, and carry the trace in its jobs; default `false`. */
  readonly tracing?: boolean | undefined;
}

/** The part of a BullMQ queue that producers and the sweep use; the same on both backends. */
export interface JobQueue {
  readonly name: string;
  add(name: string, data: unknown, options: JobsOptions): Promise<unknown>;
  addBulk(jobs: { name: string; data: unknown; opts: JobsOptions }[]): Promise<unknown>;
  getJob(id: string): Promise<Job | undefined>;
  getJobState(id: string): Promise<string>;
  getJobCounts(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** The part of a BullMQ worker that ours uses. */
export interface JobWorker {
  /** Jobs in hand at once; may be changed at any time. */
  concurrency: number;
  /** A job whose return value the queue has. */
  on(event: 'completed', listener: (job: Job, returned: unknown) => void): unknown;
  on(event: 'lockRenewalFailed', listener: (jobIds: string[]) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<void>;
}

/** A BullMQ processor; without a third parameter BullMQ makes no abort signal for each job. */
export type JobProcessor = (job: Job, token?: string) => Promise<unknown>;

/** BullMQ on one of its backends. */
export interface QueueBackend {
  readonly queue: JobQueue;
  /** To be awaited at the start: BullMQ remembers for ever that it couldn't connect the first time. */
  waitUntilReady(): Promise<unknown>;
  /** Starts a worker, whose errors the log hears of. */
  startWorker(processor: JobProcessor, options: Omit<WorkerOptions, 'connection' | 'prefix'>): JobWorker;
  /** Ends the queue's connections; workers are closed by whoever started them. */
  close(): Promise<void>;
}

/** Opens BullMQ's queue on Redis or on PostgreSQL. */
export function openQueueBackend(options: QueueOptions): QueueBackend {
  return options.kind === 'postgres' ? onPostgres(options) : onRedis(options);
}

function onRedis({ redisUrl = '', name, prefix, log, tracing }: QueueOptions): QueueBackend {
  const telemetry = telemetryOf(tracing);
  const outages = outagesOf(log, redisUrl);
  const connect = () => {
    const redis = openRedis(redisUrl);
    outages.watch(redis);
    return redis;
  };
  const producer = connect();
  const queue = new Queue(name, { connection: producer, prefix, ...telemetry });
  queue.on('error', () => undefined); // said by its connection
  const consumers: RedisClient[] = [];
  return {
    queue,
    waitUntilReady: () => queue.waitUntilReady(),
    startWorker(processor, workerOptions) {
      const consumer = finishTogether(connect());
      consumers.push(consumer);
      const options = { ...workerOptions, connection: consumer, prefix, ...telemetry };
      return new Worker(name, processor, options).on('error', (error) => outages.hear(error));
    },
    async close() {
      await queue.close();
      for (const redis of [producer, ...consumers]) redis.disconnect();
    },
  };
}

/** BullMQ's own spans around `add` and `process`; they carry the trace from producer to worker. */
function telemetryOf(tracing = false): { telemetry?: BullMQOtel } {
  return tracing ? { telemetry: new BullMQOtel({ tracerName: 'bullmq' }) } : {};
}

function onPostgres({ databaseUrl, name, log, tracing }: QueueOptions): QueueBackend {
  const telemetry = telemetryOf(tracing);
  const classes = withBackend(createPostgresBackend);
  const pools: QueuePool[] = [];
  const connect = () => {
    const pool = new QueuePool(databaseUrl);
    pools.push(pool);
    return { pool, connection: pool as unknown as PgPool }; // all of it that BullMQ uses
  };
  const producer = connect();
  const queue = new classes.Queue(name, { connection: producer.connection, ...telemetry });
  queue.on('error', (error) => log.warn({ err: bareError(error) }, 'queue'));
  return {
    queue: queue as unknown as JobQueue,
    waitUntilReady: () => queue.waitUntilReady(),
    startWorker(processor, workerOptions) {
      const { pool, connection } = connect();
      const worker = new classes.Worker(name, processor, { ...workerOptions, connection, ...telemetry });
      worker.on('error', (error) => log.warn({ err: bareError(error) }, 'queue worker'));
      return leavingWith(worker as unknown as JobWorker, pool);
    },
    async close() {
      producer.pool.leave();
      await queue.close();
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

/** A worker that closes takes no more jobs, and doesn't wait for a database that is away to tell so. */
function leavingWith(worker: JobWorker, pool: QueuePool): JobWorker {
  const close = worker.close.bind(worker);
  return Object.assign(worker, {
    close: (force?: boolean) => {
      pool.leave();
      return close(force);
    },
  });
}
