import type { Clock } from '../perform/clock.ts';

/** How long a record may take before its outcome is left with the delivery too, in milliseconds. */
const PATIENCE_MS = 1_000;

/** Calls back where something isn't done in time, once: one timer for all, because nearly all of them are. */
export class Overdue {
  readonly #clock: Clock;
  /** The monotonic time of each, the earliest first. */
  readonly #since = new Map<() => void, number>();
  #isWaiting = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `late` after a second, unless it is deleted before. */
  add(late: () => void): void {
    this.#since.set(late, this.#clock.now());
    if (!this.#isWaiting) this.#wait(PATIENCE_MS);
  }

  /** It is done. */
  delete(late: () => void): void {
    this.#since.delete(late);
  }

  #wait(ms: number): void {
    this.#isWaiting = true;
    this.#clock.after(ms, () => this.#look());
  }

  #look(): void {
    this.#isWaiting = false;
    const now = this.#clock.now();
    for (const [late, since] of this.#since) {
      const left = since + PATIENCE_MS - now;
      if (left > 0) {
        this.#wait(left);
        return;
      }
      this.#since.delete(late);
      late();
    }
  }
}
