/** Entry of a thread that plays chunks of a search, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Chunk, Found } from './chunks.ts';
import { DEFECTS } from './defects.ts';
import { search } from './search.ts';

/** What a thread is started with: names only, since settings hold functions. */
export interface ThreadData {
  readonly worlds: readonly string[];
  readonly defect: string | null;
}

/** What a thread says: so many more schedules are played, or its chunk is done. */
export type ThreadMessage =
  | { readonly kind: 'played'; readonly runs: number }
  | { readonly kind: 'found'; readonly found: Found };

/** Schedules between two words of progress. */
const SPEAKS_AFTER = 100;

const { worlds, defect } = workerData as ThreadData;
const { settings = {} } = DEFECTS.find(({ name }) => name === defect) ?? {};
const say = (message: ThreadMessage) => parentPort?.postMessage(message);

parentPort?.on('message', async ({ runs, seed }: Chunk) => {
  let played = 0;
  const onRun = () => {
    played += 1;
    if (played % SPEAKS_AFTER === 0) say({ kind: 'played', runs: SPEAKS_AFTER });
  };
  const { gaps, failure, ...rest } = await search({ worlds, runs, seed, settings, onRun });
  say({ kind: 'played', runs: played % SPEAKS_AFTER });
  say({ kind: 'found', found: { runs: rest.runs, gaps, report: failure?.report ?? null } });
});
