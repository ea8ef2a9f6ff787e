import { type InTurn, type Ledger, TURN_LOOK_MS } from '@latchkey/core';
import { Job, type JobsOptions, type Queue } from 'bullmq';
import { intentJobData } from './job-data.ts';
import type { JobQueue } from './queue-backend.ts';

/** An intent that needs a job. */
export interface Dispatchable {
  readonly id: string;
  readonly action: string;
  /** Whether it surely waits behind another one, whose worker will call it: its job is put aside. Default `false`. */
  readonly behind?: boolean;
}

/**
 * Job options of an intent: its id is the job's, so that adding it again is free while the job is kept. That it is removed
 * once it is completed is said when it is taken: up to 64 bytes in each of its fields, Redis keeps a job in one piece,
 * and serves it a tenth faster (`hash-max-listpack-value`, redis.io/docs/latest/operate/oss_and_stack/management/optimization).
 */
function jobOptions({ id, behind }: Dispatchable): JobsOptions {
  return { jobId: id, attempts: 1, ...(behind ? { delay: TURN_LOOK_MS } : {}) };
}

/** Adds the jobs of intents in one call. */
export async function dispatch(queue: JobQueue, intents: readonly Dispatchable[]): Promise<void> {
  const [only] = intents;
  if (only === undefined) return;
  if (intents.length === 1) await queue.add(only.action, intentJobData(only.id), jobOptions(only));
  else {
    await queue.addBulk(
      intents.map((intent) => ({
        name: intent.action,
        data: intentJobData(intent.id),
        opts: jobOptions(intent),
      })),
    );
  }
}

/**
 * Sees to it that an intent has a job that runs soon: adds a missing one, calls one that was put aside, and replaces
 * a finished one that stands in its way. Answers whether there was something to do.
 */
export async function ensureJob(queue: JobQueue, intent: Dispatchable): Promise<boolean> {
  // the job itself, not its state: to tell that a job waits, Redis looks through all that wait
  const job = await queue.getJob(intent.id);
  if (job === undefined) {
    await dispatch(queue, [intent]);
    return true;
  }
  const isFinished = typeof job.finishedOn === 'number';
  if (!isFinished && job.delay === 0) return false;
  const states = isFinished ? ['completed', 'failed'] : ['delayed'];
  try {
    if (isFinished) {
      // not retried: it would look like a job that a person retried, and keep what somebody may have made of it
      await job.remove();
      await dispatch(queue, [intent]);
    } else await promote(queue, intent.id);
    return true;
  } catch (error) {
    if (states.includes(await queue.getJobState(intent.id))) throw error;
    return false; // somebody else moved it meanwhile
  }
}

/** Calls a job that was put aside, in one command; throws where it is in another state, or isn't there. */
export async function promote(queue: JobQueue, jobId: string): Promise<void> {
  // a job to be promoted needs nothing but its id and its queue: looking it up first would be another round trip
  await new Job(queue as unknown as Queue, '', {}, {}, jobId).promote();
}

/** Calls an intent's job: mostly it was put aside, so that this is tried before anything is looked up. */
export async function callJob(queue: JobQueue, intent: Dispatchable): Promise<void> {
  try {
    await promote(queue, intent.id);
  } catch {
    await ensureJob(queue, intent);
  }
}

/** The intents that wait behind this one for their turn, in order; none where this one still has the turn. */
export async function lineBehind(ledger: Ledger, id: string, limit: number): Promise<readonly InTurn[]> {
  const line = await ledger.nextInTurn(id, limit);
  return line[0]?.id === id ? [] : line;
}

/** Calls the intent whose turn it is now on the entity of another one; nothing where that one still has the turn. */
export async function wakeNext(ledger: Ledger, queue: JobQueue, id: string): Promise<void> {
  const [next] = await lineBehind(ledger, id, 1);
  if (next !== undefined) await callJob(queue, next);
}
