import { within } from '../within.ts';

/** Says that database or queue did not answer in time. */
export class TooSlow extends Error {
  /** Who was asked, as a page names it. */
  readonly what: string;

  constructor(what: string) {
    super(`${what}: no answer in time`);
    this.name = 'TooSlow';
    this.what = what;
  }
}

/** Questions that may be unanswered beyond their time; further ones are refused at once. */
const UNANSWERED = 8;

/** Bounds the wait for something that may be away; what was asked goes on all the same. */
export class Patience {
  readonly #what: string;
  readonly #limitMs: number;
  #unanswered = 0;

  constructor(what: string, limitMs: number) {
    this.#what = what;
    this.#limitMs = limitMs;
  }

  /** @throws {TooSlow} after the time limit, or at once while too many earlier questions are unanswered. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#unanswered >= UNANSWERED) throw new TooSlow(this.#what);
    let isLate = false;
    const asked = question().finally(() => {
      if (isLate) this.#unanswered -= 1;
    });
    return within(this.#limitMs, asked, () => {
      isLate = true;
      this.#unanswered += 1;
      throw new TooSlow(this.#what);
    });
  }
}
