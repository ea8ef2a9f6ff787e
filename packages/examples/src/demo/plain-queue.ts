import {
  createPostgresBackend,
  type Job,
  type JobsOptions,
  type Processor,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { ChildSettings } from './settings.ts';

/** A job to add. */
export interface PlainJob {
  readonly name: string;
  readonly data: unknown;
  readonly options?: JobsOptions;
}

/** BullMQ and nothing else, on either backend. */
export interface PlainQueue {
  add(jobs: readonly PlainJob[]): Promise<void>;
  /** Whether no job waits, runs or is delayed. */
  isIdle(): Promise<boolean>;
  /** Return values of the completed jobs that are kept, and reasons of the failed ones. */
  results(): Promise<{ readonly returned: unknown[]; readonly failed: string[] }>;
  startWorker(processor: Processor, options: Partial<WorkerOptions>): Promise<{ close(): Promise<void> }>;
  /** Removes the queue with all its jobs. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

type Settings = Pick<ChildSettings, 'queue' | 'queueName' | 'databaseUrl' | 'redisUrl'>;

/** What is used of BullMQ's classes, alike on both backends though their types differ. */
interface Backend {
  readonly queue: Pick<Queue, 'addBulk' | 'getJobCounts' | 'getJobs' | 'obliterate' | 'close' | 'on'>;
  startWorker(processor: Processor, options: Partial<WorkerOptions>): Worker;
  disconnect(): void;
}

/** Makes BullMQ's own tables in a database. */
export async function migratePlainQueue(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // the failing query says it
  await client.connect();
  try {
    await runMigrations(client);
  } finally {
    await client.end();
  }
}

/** Opens a queue as any producer or worker that knows nothing of Latchkey does. */
export function openPlainQueue(settings: Settings): PlainQueue {
  const backend = settings.queue === 'redis' ? onRedis(settings) : onPostgres(settings);
  const { queue } = backend;
  queue.on('error', () => undefined); // the failing call says it
  return {
    add: async (jobs) => {
      await queue.addBulk(jobs.map(({ name, data, options }) => ({ name, data, opts: options ?? {} })));
    },
    isIdle: async () => {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
      return Object.values(counts).every((count) => count === 0);
    },
    results: async () => {
      const jobs = (await queue.getJobs(['completed', 'failed'])) as (Job | undefined)[];
      return {
        returned: jobs.map((job) => job?.returnvalue),
        failed: jobs.flatMap((job) => (job?.failedReason ? [job.failedReason] : [])),
      };
    },
    startWorker: async (processor, options) => {
      const worker = backend.startWorker(processor, options);
      worker.on('error', (error) => console.error(error));
      await worker.waitUntilReady();
      return worker;
    },
    remove: () => queue.obliterate({ force: true }),
    close: async () => {
      await queue.close();
      backend.disconnect();
    },
  };
}

function onRedis({ queueName, redisUrl = '' }: Settings): Backend {
  const opened: Redis[] = [];
  const connect = (): Redis => {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    opened.push(redis);
    return redis;
  };
  return {
    queue: new Queue(queueName, { connection: connect() }),
    startWorker: (processor, options) =>
      new Worker(queueName, processor, { ...options, connection: connect() }),
    disconnect: () => {
      for (const redis of opened) redis.disconnect();
    },
  };
}

function onPostgres({ queueName, databaseUrl }: Settings): Backend {
  const classes = withBackend(createPostgresBackend);
  const connection = { connectionString: databaseUrl, max: 10 };
  return {
    queue: new classes.Queue(queueName, { connection }) as unknown as Queue,
    startWorker: (processor, options) =>
      new classes.Worker(queueName, processor, { ...options, connection }) as unknown as Worker,
    disconnect: () => undefined,
  };
}
