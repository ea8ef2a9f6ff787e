import type { KeptOutcome, Submission } from '@latchkey/core';
import type { Process, Scheduler } from './scheduler.ts';

/** What a job carries: the intent's id, or a whole submission that the worker admits. */
export type JobContent = { readonly id: string } | { readonly submission: Submission };

/** A job as it was handed to one worker. */
export interface Taken {
  readonly jobId: string;
  readonly content: JobContent;
  /** Number of the delivery; an ending of an older one changes nothing. */
  readonly delivery: number;
  /** What an earlier delivery left because the ledger was away. */
  readonly kept: KeptOutcome | null;
}

interface Job {
  readonly content: JobContent;
  state: 'waiting' | 'delayed' | 'active' | 'ended';
  delivery: number;
  holder: Process | null;
  kept: KeptOutcome | null;
}

/** How long the queue waits for a silent worker before it delivers a job again, in virtual milliseconds. */
const STALLED_MS = 120;

/** A queue that delivers at least once, and some jobs more often; like BullMQ as the worker package uses it. */
export class JobQueue {
  readonly #scheduler: Scheduler;
  readonly #jobs = new Map<string, Job>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Adds a job unless one of this id is there; calls one that was put aside, and one that has ended. */
  ensure(jobId: string, content: JobContent): boolean {
    const job = this.#jobs.get(jobId);
    if (job === undefined)
      this.#jobs.set(jobId, { content, state: 'waiting', delivery: 0, holder: null, kept: null });
    else if (job.state === 'delayed' || job.state === 'ended') job.state = 'waiting';
    else return false;
    return true;
  }

  /** Waits until a job is handed to this worker. */
  take(who: Process, nameOf: (content: JobContent) => string): Promise<Taken> {
    return this.#scheduler.call<Taken>({
      who,
      kind: 'delivery',
      mayHappen: () => this.#next() !== undefined,
      act: () => this.#handOut(who),
      tell: (taken) => (taken === undefined ? '' : `is handed ${nameOf((taken as Taken).content)}`),
    });
  }

  /** Leaves an outcome with a job. */
  keep(jobId: string, kept: KeptOutcome): void {
    const job = this.#jobs.get(jobId);
    if (job !== undefined) job.kept = kept;
  }

  /** Ends a delivery: the job is finished, or comes back in `ms` milliseconds. */
  end({ jobId, delivery }: Taken, ms: number | null): void {
    const job = this.#jobs.get(jobId);
    if (job?.state !== 'active' || job.delivery !== delivery) return;
    if (ms === null) job.state = 'ended';
    else this.#delay(job, ms);
  }

  /** Number of jobs that could be delivered again: all but those that wait for their delivery anyway. */
  get deliverable(): number {
    return this.#idle().length;
  }

  /** Delivers a job once more though a worker has it, or had it. */
  deliverAgain(pick: number): void {
    const jobs = this.#idle();
    const job = jobs[pick % jobs.length];
    if (job !== undefined) job.state = 'waiting';
  }

  /** Loses everything, like a queue that restarts empty. */
  flush(): void {
    this.#jobs.clear();
  }

  /** Whether a job waits or is being worked on. */
  get busy(): boolean {
    return [...this.#jobs.values()].some(({ state }) => state === 'waiting' || state === 'active');
  }

  /** A worker fell silent: what it held is delivered again, unless the worker is back by then. */
  stalled(who: Process): void {
    for (const job of this.#jobs.values()) {
      if (job.state !== 'active' || job.holder !== who) continue;
      const { delivery } = job;
      this.#later(STALLED_MS, () => {
        if (who.state !== 'up' && job.state === 'active' && job.delivery === delivery) job.state = 'waiting';
      });
    }
  }

  #later(ms: number, act: () => void): void {
    const { nature, now } = this.#scheduler;
    this.#scheduler.add({ who: nature, kind: 'nature', at: now + ms, act });
  }

  #idle(): Job[] {
    return [...this.#jobs.values()].filter(({ state }) => state !== 'waiting');
  }

  #delay(job: Job, ms: number): void {
    job.state = 'delayed';
    const { delivery } = job;
    this.#later(Math.max(ms, 1), () => {
      if (job.state === 'delayed' && job.delivery === delivery) job.state = 'waiting';
    });
  }

  #next(): [string, Job] | undefined {
    for (const entry of this.#jobs) if (entry[1].state === 'waiting') return entry;
    return undefined;
  }

  #handOut(who: Process): Taken {
    const next = this.#next();
    if (next === undefined) throw new Error(`no job for ${who.name}`);
    const [jobId, job] = next;
    job.state = 'active';
    job.delivery += 1;
    job.holder = who;
    return { jobId, content: job.content, delivery: job.delivery, kept: job.kept };
  }
}
