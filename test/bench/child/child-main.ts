// A producer or worker of one contender, in a process of its own, on orders of the bench.
import { pathToFileURL } from 'node:url';
import { sharedNow } from '../clock.ts';
import type { Contender, Effect, Producer, Setting } from '../contender.ts';
import type { Message, Order, WorkReport } from './orders.ts';

const PROGRESS_MS = 20;

// Ctrl-C in a terminal reaches the whole group: the bench ends its children itself, and they end with it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

const { contender } = (await import(pathToFileURL(process.argv[2] ?? '').href)) as { contender: Contender };
let producer: Producer | undefined;
let worker: { close(): Promise<void> } | undefined;
let report: WorkReport | undefined;
let progress: NodeJS.Timeout | undefined;
/** Closed workers and producers: V8 throws away what it compiled for an object once that is gone, and the next round would be cold. */
const retired: unknown[] = [];

process.on('message', ([order, asked]: [number, Order]) => {
  carryOut(asked).then(
    (answer) => send({ kind: 'answered', order, answer }),
    (error: unknown) =>
      send({ kind: 'failed', order, error: error instanceof Error ? `${error.stack}` : String(error) }),
  );
});

function send(message: Message): void {
  process.send?.(message);
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'prepare':
      return contender.prepare?.(order.setting);
    case 'produce':
      producer = await contender.produce(order.setting);
      return undefined;
    case 'add':
      return connected().addMany(order.from, order.to);
    case 'pace':
      return pace(connected(), order.jobs, order.perSecond);
    case 'work':
      return work(order.setting, order.jobs, order.effectMs);
    case 'report':
      return report;
    case 'memory':
      globalThis.gc?.();
      return { heap: process.memoryUsage().heapUsed, rss: process.memoryUsage.rss() };
    case 'rest':
      return rest();
  }
}

function connected(): Producer {
  if (producer === undefined) throw new Error('the producer is not connected');
  return producer;
}

/** Adds each job when its time has come; an addition that takes long delays none after it. */
async function pace(to: Producer, jobs: number, perSecond: number): Promise<Float64Array> {
  const addedAt = new Float64Array(jobs);
  const adding: Promise<void>[] = [];
  const start = sharedNow();
  for (let job = 0; job < jobs; ) {
    for (const now = sharedNow(); job < jobs && start + (job * 1_000) / perSecond <= now; job += 1) {
      addedAt[job] = sharedNow();
      adding.push(to.add(job));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(adding);
  return addedAt;
}

async function work(setting: Setting, jobs: number, effectMs: number): Promise<void> {
  const effects = new Uint16Array(jobs);
  const acknowledgedAt = new Float64Array(jobs);
  report = { effects, acknowledgedAt };
  let acknowledged = 0;
  let told = 0;
  progress = setInterval(() => {
    if (acknowledged === told) return;
    told = acknowledged;
    send({ kind: 'progress', acknowledged });
  }, PROGRESS_MS);
  const effect: Effect = async (job) => {
    effects[job] = (effects[job] ?? 0) + 1;
    if (effectMs > 0) await new Promise((resolve) => setTimeout(resolve, effectMs));
  };
  worker = await contender.work(setting, effect, (job) => {
    if (acknowledgedAt[job] === 0) acknowledged += 1;
    acknowledgedAt[job] = sharedNow();
  });
}

/**
 * Leaves little of one round for the next to pay for. No major collection, which would take the compiled code along: V8
 * drops what it compiled for a class of objects when there is none of them at that moment, as never happens to a worker
 * that has jobs all day.
 */
async function rest(): Promise<void> {
  clearInterval(progress);
  await producer?.close();
  await worker?.close();
  retired.push(producer, worker);
  producer = undefined;
  worker = undefined;
  report = undefined;
  globalThis.gc?.({ type: 'minor' });
}
