import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Chunk, chunksOf, type Found, inOrder } from './chunks.ts';
import type { ThreadData, ThreadMessage } from './search-thread.ts';

/** A search that is too long for one thread. */
export interface WideSearch extends ThreadData {
  readonly runs: number;
  readonly seed: number;
  readonly threads: number;
  /** Called with the number of schedules played since it was called last. */
  readonly onRuns: (runs: number) => void;
}

/** Plays schedules on several threads until one fails; the same seed plays the same schedules on any number of them. */
export async function searchInThreads(wanted: WideSearch): Promise<Found> {
  const { runs, seed, worlds, defect, onRuns } = wanted;
  const chunks = chunksOf(runs, seed);
  const workerData: ThreadData = { worlds, defect };
  const threads = Array.from({ length: Math.min(wanted.threads, chunks.length) }, () => {
    return new Worker(new URL('./search-thread.ts', import.meta.url), { workerData });
  });
  const free = [...threads];
  try {
    const found = await inOrder(chunks, threads.length, async (chunk) => {
      const thread = free.pop();
      if (thread === undefined) throw new Error('more chunks at once than threads');
      const result = await play(thread, chunk, onRuns);
      free.push(thread);
      return result;
    });
    return {
      runs: found.reduce((sum, each) => sum + each.runs, 0),
      gaps: found.reduce((sum, each) => sum + each.gaps, 0),
      report: found.at(-1)?.report ?? null,
    };
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

async function play(thread: Worker, chunk: Chunk, onRuns: (runs: number) => void): Promise<Found> {
  thread.postMessage(chunk);
  for (;;) {
    const [message] = (await once(thread, 'message')) as [ThreadMessage];
    if (message.kind === 'found') return message.found;
    onRuns(message.runs);
  }
}
