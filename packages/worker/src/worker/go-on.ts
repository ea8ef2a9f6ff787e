import { type AnyAction, type Delivery, deliver, type KeepOutcome } from '@latchkey/core';
import { type Dispatchable, dispatch, ensureJob, nextAfter, promote } from '../queue/dispatch.ts';
import type { JobQueue } from '../queue/queue-backend.ts';
import type { Runtime } from '../runtime.ts';
import type { ParkedJobs } from './parked-jobs.ts';

/**
 * How long one job's slot is used for the intents behind its own, in milliseconds from its delivery on. Calling a job
 * costs some milliseconds, which are next to nothing beside so long a run; and a slow effect, beside which they are
 * nothing either, never holds up the acknowledgement of the job before it.
 */
const RUN_MS = 250;

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
  const calls = line.parked.has(id) ? [acknowledge(line, id)] : [];
  try {
    let next = await nextAfter(runtime.ledger, id);
    while (next !== null) {
      const action = line.actions.get(next.action);
      const mayPerform = action !== undefined && line.isOpen() && performance.now() - since < RUN_MS;
      if (!mayPerform || !(await performNext(runtime, line, action, next))) {
        await call(line, next);
        return;
      }
      calls.push(acknowledge(line, next.id));
      next = await nextAfter(runtime.ledger, next.id);
    }
  } finally {
    await Promise.all(calls);
  }
}

/** Delivers the next in turn; `false` where it isn't over, so that its own job has to come back for it. */
async function performNext(
  runtime: Runtime,
  { queue }: Line,
  action: AnyAction,
  next: Dispatchable,
): Promise<boolean> {
  const delivery: Delivery = { action, intent: { id: next.id }, keep: keepWith(queue, next) };
  return (await deliver(runtime.ports, delivery)).kind !== 'later';
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
