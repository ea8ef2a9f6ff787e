import { setTimeout as sleep } from 'node:timers/promises';
import type { Troupe } from '../child/troupe.ts';
import { contenderNamed } from '../contenders.ts';
import type { Ground } from '../ground/ground.ts';
import { Crew } from '../rounds/crew.ts';

/** Memory of a worker process after so many jobs, in bytes, right after a collection of garbage. */
export interface MemorySample {
  readonly jobs: number;
  readonly heap: number;
  readonly rss: number;
}

/** What is measured. */
export interface MemoryPlan {
  readonly jobs: number;
  readonly say: (line: string) => void;
}

const SAMPLES = 10;
const FILL = 1_000;
/** Jobs that wait in the queue at most, so that Redis stays small. */
const AHEAD = 20_000;
const LOOK_MS = 10;

/** Sends many jobs through one worker of Latchkey's, and weighs it again and again. */
export async function measureMemory(
  ground: Ground,
  troupe: Troupe,
  plan: MemoryPlan,
): Promise<MemorySample[]> {
  const { jobs, say } = plan;
  const id = `bench_${process.pid}_memory`;
  const contender = contenderNamed('latchkey-redis');
  const cell = {
    axis: 'memory',
    contender: contender.name,
    kind: 'throughput',
    concurrency: 200,
    effectMs: 0,
  } as const;
  const play = {
    ground,
    troupe,
    contender,
    preloads: true,
    served: undefined,
    id,
    cell: { ...cell, workers: 1, jobs },
  };
  await troupe.dismiss(contender); // a process that has done nothing yet
  const crew = new Crew(play, await ground.newDatabase(id));
  try {
    await crew.startProducer();
    await crew.startWorkers();
    const samples: MemorySample[] = [];
    const weigh = async (at: number) => {
      await crew.reached(at);
      const sample = { jobs: at, ...(await crew.memory()) };
      samples.push(sample);
      say(`after ${at} jobs: heap ${mebibytes(sample.heap)} MiB, resident ${mebibytes(sample.rss)} MiB`);
    };
    const weighing = (async () => {
      for (let step = 1; step <= SAMPLES; step += 1) await weigh(Math.floor((jobs * step) / SAMPLES));
    })();
    await Promise.all([weighing, feed(crew, jobs)]);
    return samples;
  } finally {
    await troupe.dismiss(contender);
    await ground.clear(id, id);
  }
}

/** Adds jobs for as long as few of them wait. */
async function feed(crew: Crew, jobs: number): Promise<void> {
  for (let from = 0; from < jobs; from += FILL) {
    while (from - crew.acknowledged() > AHEAD) await sleep(LOOK_MS);
    await crew.producer.ask({ kind: 'add', from, to: Math.min(from + FILL, jobs) });
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
