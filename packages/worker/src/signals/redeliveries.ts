import { type Answer, bareError, type Ledger, type Log, type State } from '@latchkey/core';
import { within } from '../within.ts';

/** Pause until an intent's first entry, and the longest between two of them, in milliseconds; four times longer each time. */
const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;
/** How often is looked whether something is to be told, in milliseconds. */
const LOOK_MS = 1_000;
/** Intents that are remembered at once; what comes beyond is only counted, so that a storm of duplicates writes little. */
const REMEMBERED = 100;
/** Longest wait for what is still to be told when a process leaves, in milliseconds. */
const CLOSE_MS = 2_000;

/** What is to be told of one intent. */
interface Untold {
  readonly times: number;
  readonly first: number;
  readonly last: number;
  readonly job: string;
  /** Whose outcome they got, and what it is. */
  readonly attempt: number;
  readonly status: State;
  readonly dueAt: number;
  readonly pauseMs: number;
}

/** Where the entries go, and who makes them. */
export interface RedeliveriesOptions {
  readonly ledger: Pick<Ledger, 'note'>;
  readonly actor: string;
  readonly log: Log;
  /** Told of each that no story will tell of. */
  readonly passedOver: (action: string) => void;
}

/**
 * Has the stories of finished intents tell of deliveries that only got the stored answer, as far as that costs those
 * deliveries nothing: they are counted here, and now and then one entry an intent says how many there were. What is not
 * told yet is lost with the process.
 */
export class Redeliveries {
  readonly #options: RedeliveriesOptions;
  readonly #intents = new Map<string, Untold>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RedeliveriesOptions) {
    this.#options = options;
  }

  /** Counts a delivery that performed nothing. */
  answered({ intentId, action, attempt, status }: Answer, job: string): void {
    const now = Date.now();
    const known = this.#intents.get(intentId);
    if (known === undefined && this.#intents.size >= REMEMBERED) {
      this.#options.passedOver(action);
      return;
    }
    const { times = 0, first = now, dueAt = now + FIRST_MS, pauseMs = FIRST_MS } = known ?? {};
    this.#intents.set(intentId, {
      times: times + 1,
      first: times === 0 ? now : first,
      last: now,
      job,
      attempt,
      status,
      dueAt,
      pauseMs,
    });
    this.#timer ??= this.#tellLater();
  }

  /** Tells what is left, for two seconds at most. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await within(CLOSE_MS, this.#tell([...this.#intents.keys()]), () => undefined);
  }

  #tellLater(): NodeJS.Timeout {
    return setTimeout(async () => {
      const now = Date.now();
      const due = [...this.#intents].filter(([, { dueAt }]) => dueAt <= now);
      for (const [id, { times }] of due) if (times === 0) this.#intents.delete(id);
      await this.#tell(due.map(([id]) => id));
      const isOver = this.#closed || this.#intents.size === 0;
      this.#timer = isOver ? undefined : this.#tellLater();
    }, LOOK_MS).unref();
  }

  /** One after the other: nobody waits for them. */
  async #tell(ids: readonly string[]): Promise<void> {
    const { ledger, actor, log } = this.#options;
    for (const id of ids) {
      const untold = this.#intents.get(id);
      if (untold === undefined || untold.times === 0) continue;
      const { times, first, last, job, attempt, status } = untold;
      const pauseMs = Math.min(untold.pauseMs * 4, LONGEST_MS);
      this.#intents.set(id, { ...untold, times: 0, pauseMs, dueAt: Date.now() + pauseMs });
      const detail = {
        times,
        status,
        lastJob: job.slice(0, 200),
        first: new Date(first).toISOString(),
        last: new Date(last).toISOString(),
      };
      await ledger.note(id, { event: 'answered', attempt, actor, detail }).catch((error: unknown) => {
        const fields = { err: bareError(error), intentId: id, times };
        log.warn(fields, 'redeliveries are missing in the story');
      });
    }
  }
}
