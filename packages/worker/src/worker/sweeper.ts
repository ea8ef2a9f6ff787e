import { type AnyAction, bareError, nextStep, type OpenIntent, type SweepCursor } from '@latchkey/core';
import { ensureJob } from '../queue/dispatch.ts';
import type { JobQueue } from '../queue/queue-backend.ts';
import type { Runtime } from '../runtime.ts';
import { within } from '../within.ts';

/** How often and how patiently the sweep looks. */
export interface SweepOptions {
  /** Pause between two sweeps, in milliseconds; default 5,000. After one through a long backlog it is nine times as long as that took. */
  readonly intervalMs: number;
  /** How long an intent may be due before its job is looked for, in milliseconds; default 5,000. */
  readonly graceMs: number;
}

/** What one sweep did. */
export interface Swept {
  /** Jobs that were missing, or finished while their intent wasn't, and were added or retried. */
  readonly dispatched: number;
  /** Dead leases that became a doubt or a failure, and approvals past their time. */
  readonly expired: number;
  /** Intents that became tombstones. */
  readonly purged: number;
}

/** Intents a page. */
const PAGE = 500;
/**
 * Pages that one sweep reads while it finds no job missing; a longer backlog is looked through sweep by sweep, so that it
 * costs those who work it off no more than a short one.
 */
const PAGES = 4;
/** Longest wait for the queue, a page, in milliseconds: who can't reach it must not keep the others from sweeping. */
const QUEUE_MS = 10_000;
/**
 * How much longer than a sweep the pause after it is, where it read a page or more and all had their jobs: looking through a
 * long backlog must not slow down who works it off. A short one that took long says that the machine is busy, or the
 * database; what waits for the next sweep must not wait for that as well.
 */
const REST = 9;
/** Longest wait for a sweep when the worker leaves, in milliseconds. */
const STOP_MS = 5_000;
/** Tombstones made in one sweep at most, an action. */
const PURGES = 10_000;

/**
 * Repairs what no worker will finish: intents without a job, dead leases, answers past their window. One process at a
 * time does it, by an advisory lock.
 */
export class Sweeper {
  readonly #runtime: Runtime;
  readonly #queue: JobQueue;
  readonly #actions: readonly AnyAction[];
  readonly #options: SweepOptions;
  /** Where the next sweep goes on, an action. */
  readonly #cursors = new Map<string, SweepCursor>();
  /** Intents that the sweep has read, or made tombstones of. */
  #read = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(runtime: Runtime, queue: JobQueue, actions: readonly AnyAction[], options: SweepOptions) {
    this.#runtime = runtime;
    this.#queue = queue;
    this.#actions = actions;
    this.#options = options;
  }

  /** Sweeps again and again until `stop`. */
  start(): void {
    // workers that start together spread out, so that the advisory lock is mostly free
    this.#startIn(this.#options.intervalMs * (0.75 + Math.random() / 2));
  }

  #startIn(pauseMs: number): void {
    this.#timer = setTimeout(() => {
      const since = performance.now();
      this.#running = this.runOnce()
        .then(
          (swept) => this.#pauseAfter(swept, performance.now() - since),
          (error: unknown) => {
            this.#runtime.log.warn({ err: bareError(error) }, 'sweep failed; the next one tries again');
            return this.#options.intervalMs;
          },
        )
        .then((pause) => {
          if (!this.#stopped) this.#startIn(pause);
        });
    }, pauseMs);
    this.#timer.unref();
  }

  #pauseAfter(swept: Swept | null, tookMs: number): number {
    const { intervalMs } = this.#options;
    const isBacklog = swept !== null && swept.dispatched === 0 && this.#read >= PAGE;
    return isBacklog ? Math.max(intervalMs, REST * tookMs) : intervalMs;
  }

  /** Ends the sweeps and waits for one that runs, for 5 seconds at most: what it leaves, the next one does. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    let late: NodeJS.Timeout | undefined;
    const leave = new Promise<void>((resolve) => {
      late = setTimeout(resolve, STOP_MS);
    });
    await Promise.race([this.#running, leave]);
    clearTimeout(late);
  }

  /** Sweeps once; `null` where another process sweeps right now. */
  async runOnce(): Promise<Swept | null> {
    const swept = { dispatched: 0, expired: 0, purged: 0 };
    this.#read = 0;
    const ran = await this.#runtime.ledger.exclusively('sweep', async () => {
      for (const action of this.#actions) {
        const open = await this.#sweepOpen(action);
        swept.dispatched += open.dispatched;
        swept.expired += open.expired;
        swept.purged += await this.#purge(action);
      }
    });
    if (!ran) return null;
    if (swept.dispatched + swept.expired + swept.purged > 0) this.#runtime.log.info(swept, 'swept');
    return swept;
  }

  async #sweepOpen(action: AnyAction): Promise<{ dispatched: number; expired: number }> {
    let dispatched = 0;
    let expired = 0;
    let cursor: SweepCursor | null = this.#cursors.get(action.name) ?? null;
    let pages = 0;
    do {
      const page = await this.#runtime.ledger.open(action.name, cursor, PAGE);
      expired += await this.#settle(action, page.intents);
      const due = page.intents.filter((intent) => this.#needsJob(action, intent));
      const repairs = Promise.all(due.map((intent) => ensureJob(this.#queue, intent)));
      const repaired = await within(QUEUE_MS, repairs, silent);
      dispatched += repaired.filter(Boolean).length;
      cursor = page.next;
      this.#read += page.intents.length;
      if (page.intents.length > 0) pages += 1;
    } while (cursor !== null && !this.#stopped && (pages < PAGES || dispatched > 0));
    if (cursor === null) this.#cursors.delete(action.name);
    else this.#cursors.set(action.name, cursor);
    return { dispatched, expired };
  }

  /** Whether something is due that only a delivery does, and has been for longer than a busy queue explains. */
  #needsJob(action: AnyAction, intent: OpenIntent): boolean {
    const { kind } = nextStep(action, intent);
    if (kind !== 'claim' && kind !== 'take-over' && kind !== 'reconcile') return false;
    const overdueMs =
      intent.state === 'claimed' ? -(intent.leaseLeftMs ?? 0) : -(intent.dueInMs ?? -intent.ageMs);
    return overdueMs > this.#options.graceMs;
  }

  /** Ends what time alone has decided: dead leases, approvals past their time, stale versions. */
  async #settle(action: AnyAction, intents: readonly OpenIntent[]): Promise<number> {
    const dead = intents.map((intent) => ({ intent, step: nextStep(action, intent) }));
    const ended = await Promise.all(
      dead.map(async ({ intent, step }) => {
        const { ledger } = this.#runtime;
        if (step.kind === 'expire-lease') {
          const { kind } = await ledger.expireLease(intent.id, intent.token, step.ending);
          return kind === 'recorded' ? 1 : 0;
        }
        if (step.kind !== 'decide') return 0;
        const { kind } = await ledger.decide(intent.id, step.verdict, { by: 'sweep', reason: step.reason });
        return kind === 'recorded' ? 1 : 0;
      }),
    );
    return ended.reduce((sum: number, one) => sum + one, 0);
  }

  async #purge(action: AnyAction): Promise<number> {
    let purged = 0;
    for (;;) {
      const done = await this.#runtime.ledger.purge(action.name, PAGE);
      purged += done;
      this.#read += done;
      if (done === 0 || purged >= PURGES || this.#stopped) return purged;
    }
  }
}

function silent(): never {
  throw new Error(`the queue did not answer within ${QUEUE_MS} ms`);
}
