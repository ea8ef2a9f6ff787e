import { bareError, LatchkeyError, type Ledger, type Log } from '@latchkey/core';

interface Watched {
  readonly transaction: string;
  readonly committed: () => void;
  readonly rolledBack: (error: LatchkeyError) => void;
}

/** First and longest pause between two looks, in milliseconds. */
const LOOK_MS = [10, 500] as const;

/**
 * Waits for callers' transactions to end, so that a job follows its intent only after the commit. PostgreSQL itself
 * says how a transaction ended; if this process dies before, the sweep adds the job.
 */
export class AfterCommit {
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #watched = new Set<Watched>();
  #pauseMs: number = LOOK_MS[0];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(ledger: Ledger, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
  }

  /** Resolves after the commit; rejects with `ROLLED_BACK` after a rollback. */
  watch(transaction: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#watched.add({ transaction, committed: resolve, rolledBack: reject });
      this.#pauseMs = LOOK_MS[0];
      this.#schedule();
    });
  }

  /** Stops looking; what is committed later is found by the sweep. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#watched.size === 0) return;
    this.#timer = setTimeout(() => void this.#look(), this.#pauseMs);
  }

  async #look(): Promise<void> {
    try {
      const ends = await this.#ledger.endsOf([
        ...new Set([...this.#watched].map(({ transaction }) => transaction)),
      ]);
      for (const watched of [...this.#watched]) {
        const end = ends.get(watched.transaction);
        if (end === undefined || end === 'in progress') continue;
        this.#watched.delete(watched);
        if (end === 'committed') watched.committed();
        else
          watched.rolledBack(
            new LatchkeyError('ROLLED_BACK', "the caller's transaction was rolled back: no intent"),
          );
      }
    } catch (error) {
      this.#log.warn({ err: bareError(error) }, "looking for the end of a caller's transaction");
    }
    this.#pauseMs = Math.min(this.#pauseMs * 1.5, LOOK_MS[1]);
    this.#schedule();
  }
}
