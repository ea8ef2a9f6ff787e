import { type AnyAction, type Delivery, deliver, type InTurn, type KeepOutcome } from '@latchkey/core';
import { type Dispatchable, dispatch, ensureJob, lineBehind, promote } from '../queue/dispatch.ts';
import type { JobQueue } from '../queue/queue-backend.ts';
import type { Runtime } from '../runtime.ts';
import type { ParkedJobs } from './parked-jobs.ts';

/**
 * How long one job's slot is used for the intents behind its own, in milliseconds from its delivery on. Calling a job
 * costs some milliseconds, which are next to nothing beside so long a run; and a slow effect, beside which they are
 * nothing either, never holds up the acknowledgement of the job before it.
 */
const RUN_MS = 250;

/** Intents of a line that are looked up at once: a claim makes sure of the turn, so that one look serves many. */
const LOOK_AHEAD = 50;

/** A worker that goes on with what waits behind an intent that it finished. */
export interface Line {
  readonly queue: JobQueue;
  readonly actions: ReadonlyMap<string, AnyAction>;
  readonly parked: ParkedJobs;
  /** Whether the worker may begin anything new. */
  readonly isOpen: () => boolean;
}

/**
 * Goes on with the line behind an intent that was finished just now: performs the next in turn here and now, by its own
 * delivery, and so on for a while; then calls the job of the one whose turn it is. The jobs of those performed here are
 * called too, find the stored answer, and are acknowledged with it.
 *
 * Nothing depends on it: whoever waits has a job that looks for itself, and the sweep calls whose turn it is.
 */
export async function goOn(runtime: Runtime, line: Line, id: string, since: number): Promise<void> {
  // its own job isn't the only one: another producer's may wait for the answer
  const over = line.parked.has(id) ? [id] : [];
  try {
    for (let behind = id; ; ) {
      const next = await lineBehind(runtime.ledger, behind, LOOK_AHEAD);
      for (const one of next) {
        if (!mayGoOn(line, since)) return await call(line, one);
        const came = await performNext(runtime, line, one);
        if (came === 'later') return await call(line, one);
        over.push(one.id);
        if (came === 'held') return;
        behind = one.id;
      }
      if (next.length === 0) return;
    }
  } finally {
    // only now, behind the one whose turn it is: the queue hands jobs out in the order of their calls
    await Promise.all(over.map((each) => acknowledge(line, each)));
  }
}

function mayGoOn({ isOpen }: Line, since: number): boolean {
  return isOpen() && performance.now() - since < RUN_MS;
}

/**
 * Delivers the next in turn. `held`: it is in doubt, and keeps its turn until that is settled; `later`: it has to come
 * back, by its own job, or this worker has no such action.
 */
async function performNext(runtime: Runtime, line: Line, next: InTurn): Promise<'over' | 'held' | 'later'> {
  const action = line.actions.get(next.action);
  if (action === undefined) return 'later';
  const job = { id: next.id, queueName: line.queue.name };
  const watch = runtime.signals.delivery(runtime.log, action.name, job);
  const delivery: Delivery = { action, intent: { id: next.id }, keep: keepWith(line.queue, next), watch };
  const disposition = await deliver({ ...runtime.ports, log: watch.log }, delivery);
  watch.close(disposition);
  if (disposition.kind !== 'answer') return 'later';
  return disposition.answer.status === 'in_doubt' ? 'held' : 'over';
}

/** Calls the job that was put aside for an intent, or sees to it that there is one. */
async function call({ queue, parked }: Line, next: Dispatchable): Promise<void> {
  const jobId = parked.take(next.id) ?? next.id;
  await promote(queue, jobId).catch(() => ensureJob(queue, next));
}

/** Its job may be anywhere, but under way elsewhere it finds the answer, and put aside it looks for itself. */
function acknowledge({ queue, parked }: Line, id: string): Promise<void> {
  return promote(queue, parked.take(id) ?? id).catch(() => undefined);
}

/** Leaves an outcome with a job that isn't in hand here, or with a new one where there is none. */
function keepWith(queue: JobQueue, intent: Dispatchable): KeepOutcome {
  return async (outcome) => {
    await dispatch(queue, [intent]);
    const job = await queue.getJob(intent.id);
    await job?.updateProgress({ latchkey: outcome });
  };
}
