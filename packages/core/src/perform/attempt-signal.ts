import type { Lease } from './leases.ts';
import { LazyStop, type Stop } from './stop.ts';

/** What may stop one attempt from outside. */
export interface AttemptSignalParts {
  readonly lease: Lease;
  /** Aborts when the delivery should stop: the worker leaves, or the queue's own lock is lost. */
  readonly delivery: Stop | undefined;
  /** Whether an effect under way may be stopped for the delivery's sake alone. */
  readonly cutShort: boolean;
}

/** Stops one attempt: at its deadline, when its lease is lost, or with its delivery. */
export class AttemptSignal implements Stop {
  readonly #parts: AttemptSignalParts;
  readonly #own = new LazyStop();
  #signal: AbortSignal | undefined;

  constructor(parts: AttemptSignalParts) {
    this.#parts = parts;
  }

  /** What the effect gets. */
  get signal(): AbortSignal {
    this.#signal ??= this.#open();
    return this.#signal;
  }

  /** Stops the attempt. */
  abort(reason: unknown): void {
    this.#own.abort(reason);
  }

  /** Throws why nothing may be sent any more, if something stands against it; the lease is asked separately. */
  throwIfAborted(): void {
    this.#own.throwIfAborted();
    this.#parts.delivery?.throwIfAborted();
  }

  #open(): AbortSignal {
    const { lease, delivery, cutShort } = this.#parts;
    const all = [this.#own.signal, lease.signal];
    return AbortSignal.any(cutShort && delivery !== undefined ? [...all, delivery.signal] : all);
  }
}
