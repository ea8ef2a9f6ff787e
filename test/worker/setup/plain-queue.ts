import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueKind } from '@latchkey/worker';
import {
  createPostgresBackend,
  type Job,
  type JobsOptions,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';

/** A BullMQ queue as a producer that knows nothing of us opens it. */
export interface PlainQueue {
  add(name: string, data: unknown, options?: JobsOptions): Promise<Job>;
  getJob(id: string): Promise<Job | undefined>;
  getJobState(id: string): Promise<string>;
  /** Waits until a job ends; resolves with its return value, rejects with its reason. The job must be kept. */
  ended(job: Job): Promise<unknown>;
  startWorker(
    processor: Processor,
    options?: Partial<WorkerOptions>,
  ): { close(force?: boolean): Promise<void> };
  close(): Promise<void>;
}

interface PlainSettings {
  readonly queue: QueueKind;
  readonly queueName: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

/** What `PlainQueue` needs of BullMQ's classes; alike on both backends, though their types differ. */
interface Bull {
  readonly queue: Pick<Queue, 'add' | 'getJob' | 'getJobState' | 'close' | 'on'>;
  startWorker(processor: Processor, options: Partial<WorkerOptions>): Worker;
  disconnect(): void;
}

/** Opens a BullMQ queue on either backend. */
export function plainQueue(settings: PlainSettings): PlainQueue {
  const bull = settings.queue === 'redis' ? onRedis(settings) : onPostgres(settings);
  const { queue } = bull;
  queue.on('error', () => undefined);
  const workers: Worker[] = [];
  return {
    add: (name, data, options) => queue.add(name, data, options),
    getJob: (id) => queue.getJob(id),
    getJobState: (id) => queue.getJobState(id),
    ended: (job) => endOf(queue, job.id ?? ''),
    startWorker: (processor, options = {}) => {
      const worker = bull.startWorker(processor, options);
      worker.on('error', () => undefined);
      workers.push(worker);
      return worker;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      await queue.close();
      bull.disconnect();
    },
  };
}

/** Looks, instead of listening: on PostgreSQL, BullMQ's events pass over one that commits after a later one. */
async function endOf(queue: Bull['queue'], id: string): Promise<unknown> {
  const giveUp = Date.now() + 30_000;
  while (Date.now() < giveUp) {
    const job = await queue.getJob(id);
    if (job === undefined) throw new Error(`job ${id} is gone`);
    if (job.finishedOn !== undefined && job.failedReason) throw new Error(job.failedReason);
    if (job.finishedOn !== undefined) return job.returnvalue;
    await sleep(20);
  }
  throw new Error(`job ${id} is ${await queue.getJobState(id)} after 30 seconds`);
}

function onRedis({ queueName, redisUrl }: PlainSettings): Bull {
  const opened: Redis[] = [];
  const connection = (): Redis => {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    opened.push(redis);
    return redis;
  };
  return {
    queue: new Queue(queueName, { connection: connection() }),
    startWorker: (processor, options) =>
      new Worker(queueName, processor, { ...options, connection: connection() }),
    disconnect: () => {
      for (const redis of opened) redis.disconnect();
    },
  };
}

function onPostgres({ queueName, databaseUrl }: PlainSettings): Bull {
  const classes = withBackend(createPostgresBackend);
  const connection = { connectionString: databaseUrl, max: 4 };
  return {
    queue: new classes.Queue(queueName, { connection }) as unknown as Queue,
    startWorker: (processor, options) =>
      new classes.Worker(queueName, processor, { ...options, connection }) as unknown as Worker,
    disconnect: () => undefined,
  };
}
