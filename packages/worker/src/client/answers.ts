import { type IntentRecord, LatchkeyError, type Ledger } from '@latchkey/core';

/** First and longest pause between two looks at one intent, in milliseconds; each pause is half as long again. */
const LOOK_MS = [15, 500] as const;

interface Waiter {
  readonly id: string;
  readonly isAnswered: (record: IntentRecord) => boolean;
  readonly resolve: (record: IntentRecord) => void;
  readonly reject: (error: unknown) => void;
  pauseMs: number;
  nextAt: number;
}

/**
 * Waits for the ends of many intents with one query at a time: all that are due for a look share it, and each intent
 * is looked at less and less often.
 */
export class Answers {
  readonly #ledger: Ledger;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #closed = false;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Settles once `isAnswered` says so of the record; `signal` calls the wait off with its reason. */
  wait(
    id: string,
    isAnswered: (record: IntentRecord) => boolean,
    signal?: AbortSignal,
  ): Promise<IntentRecord> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closed());
      const waiter: Waiter = {
        id,
        isAnswered,
        resolve,
        reject,
        pauseMs: LOOK_MS[0],
        nextAt: performance.now() + LOOK_MS[0],
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', () => this.#end(waiter, () => reject(signal.reason)), { once: true });
      this.#schedule();
    });
  }

  /** Refuses all that wait. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const waiter of [...this.#waiters]) this.#end(waiter, () => waiter.reject(closed()));
  }

  #schedule(): void {
    if (this.#looking || this.#closed || this.#waiters.size === 0) return;
    clearTimeout(this.#timer);
    const next = Math.min(...[...this.#waiters].map(({ nextAt }) => nextAt));
    this.#timer = setTimeout(() => void this.#look(), Math.max(next - performance.now(), 1));
  }

  async #look(): Promise<void> {
    this.#looking = true;
    const now = performance.now();
    const due = [...this.#waiters].filter(({ nextAt }) => nextAt <= now + 1);
    try {
      const records = await this.#ledger.findMany([...new Set(due.map(({ id }) => id))]);
      for (const waiter of due) this.#judge(waiter, records.get(waiter.id));
    } catch (error) {
      for (const waiter of due) this.#end(waiter, () => waiter.reject(error));
    } finally {
      this.#looking = false;
      this.#schedule();
    }
  }

  #judge(waiter: Waiter, record: IntentRecord | undefined): void {
    if (record !== undefined && waiter.isAnswered(record)) {
      this.#end(waiter, () => waiter.resolve(record));
      return;
    }
    waiter.pauseMs = Math.min(waiter.pauseMs * 1.5, LOOK_MS[1]);
    waiter.nextAt = performance.now() + waiter.pauseMs;
  }

  #end(waiter: Waiter, settle: () => void): void {
    if (this.#waiters.delete(waiter)) settle();
  }
}

function closed(): LatchkeyError {
  return new LatchkeyError('LEDGER_CLOSED', 'the client is closed; the intents it waited for go on');
}
