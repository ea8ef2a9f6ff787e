import { type Answer, type AnyAction, type ResultOf, stopBy } from '@latchkey/core';
import type { Job } from 'bullmq';
import { checkKeys, type Runtime } from '../runtime.ts';
import { consume } from './consume.ts';

/** A BullMQ processor whose jobs return the intent's answer. */
export type ProtectedProcessor<R> = (job: Job, token?: string, signal?: AbortSignal) => Promise<Answer<R>>;

/**
 * Wraps an action into a processor for a BullMQ worker of one's own: each job's data is the action's input.
 *
 * Redelivered and repeated jobs of one intent answer with the first result. Waiting and retrying use BullMQ's delayed
 * state, so that the worker's own `attempts` and backoff play no part. Nothing sweeps such a queue: an intent whose
 * worker died is settled when BullMQ delivers its job again, and one that waits for its turn on a shared entity looks
 * for itself, every 30 s.
 *
 * @example
 * new Worker('tickets', protect(createTicket, runtime), { connection });
 */
export function protect<A extends AnyAction>(action: A, runtime: Runtime): ProtectedProcessor<ResultOf<A>> {
  if (action.encrypt && runtime.keyIds.length === 0) checkKeys([action]);
  const consumer = { runtime, line: null, intake: null };
  return (job, token, signal) =>
    consume(consumer, { action, job, token, ...(signal ? { stop: stopBy(signal) } : {}) }) as Promise<
      Answer<ResultOf<A>>
    >;
}
