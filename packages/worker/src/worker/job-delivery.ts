import {
  type AnyAction,
  type Delivery,
  type IntentRecord,
  type KeptOutcome,
  LatchkeyError,
  readKept,
  type Stop,
  submissionOf,
} from '@latchkey/core';
import { type Job, UnrecoverableError } from 'bullmq';
import { readJob } from '../queue/job-data.ts';
import type { Runtime } from '../runtime.ts';
import { activeTraceparent } from '../signals/spans.ts';
import type { WatchedDelivery } from '../signals/watched-delivery.ts';
import type { Stay } from './intake.ts';

/** One job that was taken. */
export interface Taken {
  readonly action: AnyAction;
  readonly job: Job;
  readonly token: string | undefined;
  /** Stops the delivery; default: the worker's own intake does. */
  readonly stop?: Stop;
}

/** A delivery by a job of BullMQ's. A class, because hundreds of them wait at once, each with all that it holds. */
export class JobDelivery implements Delivery {
  readonly action: AnyAction;
  readonly intent: Delivery['intent'];
  readonly redelivered: boolean;
  readonly stop: Stop | undefined;
  readonly kept: KeptOutcome | null;
  readonly watch: WatchedDelivery;
  readonly #job: Job;
  readonly #stay: Stay | undefined;

  /** @throws UnrecoverableError when the job holds no intent, or none that the action takes */
  constructor(runtime: Runtime, { action, job, stop }: Taken, stay: Stay | undefined) {
    this.action = action;
    this.intent = intentOf(runtime, action, job);
    this.redelivered = (job.attemptsStarted ?? 1) > 1 || (job.stalledCounter ?? 0) > 0;
    this.stop = stop ?? stay;
    this.kept = keptIn(job.progress);
    this.watch = runtime.signals.delivery(runtime.log, action.name, job);
    this.#job = job;
    this.#stay = stay;
    if (stay !== undefined && 'submission' in this.intent)
      stay.inputLength = this.intent.submission.input.length;
  }

  /** Leaves an outcome in the job's progress, because its data can be edited by hand. */
  async keep(outcome: KeptOutcome): Promise<void> {
    await this.#job.updateProgress({ latchkey: outcome });
    this.#stay?.kept();
  }

  mayPerform({ input }: IntentRecord): Promise<void> | null {
    if (this.#stay === undefined) return null;
    this.#stay.inputLength = input?.length ?? 0;
    return this.#stay.mayPerform();
  }

  /** One that shares an entity goes on with the next in turn, and keeps its permit for that. */
  performed(): void {
    if (this.action.entity === null) this.#stay?.performed();
  }
}

function intentOf(runtime: Runtime, action: AnyAction, job: Job): Delivery['intent'] {
  const name = `${job.queueName}/${job.id}`;
  try {
    const content = readJob(job);
    if (content.kind === 'intent') return { id: content.id };
    const by = { submittedBy: `job ${name}`, ...tracedBy(runtime) };
    return { submission: submissionOf(action, content.input, by) };
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    // the reason is kept with the job; a schema's words may quote the input
    runtime.log.warn({ job: name, action: action.name, code: error.code }, 'job refused');
    throw new UnrecoverableError(`${error.code}: ${error.message}`);
  }
}

/** A plain job that carries a trace (BullMQ's own spans, or the producer's) gives it to the intent. */
function tracedBy({ signals }: Runtime): { traceparent?: string } {
  const traceparent = signals.tracing ? activeTraceparent() : undefined;
  return traceparent === undefined ? {} : { traceparent };
}

function keptIn(progress: Job['progress']): KeptOutcome | null {
  return typeof progress === 'object' && progress !== null
    ? readKept((progress as { latchkey?: unknown }).latchkey)
    : null;
}
