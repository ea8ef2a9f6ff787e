import type { Acknowledged, Producer } from '../contender.ts';

/** What BullMQ's queues have in common, on whichever backend. */
interface Queue {
  waitUntilReady(): Promise<unknown>;
  add(name: string, data: unknown): Promise<unknown>;
  addBulk(jobs: { name: string; data: unknown }[]): Promise<unknown>;
  close(): Promise<void>;
}

/** What its workers have in common. */
interface Worker {
  on(event: 'completed', listener: (job: { readonly data: { readonly job: number } }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/** Adds plain jobs to a queue of BullMQ's. */
export async function plainProducer(queue: Queue): Promise<Producer> {
  await queue.waitUntilReady();
  return {
    async addMany(from, to) {
      await queue.addBulk(
        Array.from({ length: to - from }, (_, index) => ({ name: 'work', data: { job: from + index } })),
      );
    },
    async add(job) {
      await queue.add('work', { job });
    },
    close: () => queue.close(),
  };
}

/** Has a worker of BullMQ's tell what it completes; resolves once it takes jobs. `after` closes what it works with. */
export async function running(
  worker: Worker,
  acknowledged: Acknowledged,
  after: () => Promise<void> = async () => undefined,
): Promise<{ close(): Promise<void> }> {
  worker.on('completed', (job) => acknowledged(job.data.job));
  worker.on('error', (error) => console.error(error));
  await worker.waitUntilReady();
  return {
    async close() {
      await worker.close();
      await after();
    },
  };
}
