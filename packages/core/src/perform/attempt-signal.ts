import type { Lease } from './leases.ts';

/** What may stop one attempt from outside. */
export interface AttemptSignalParts {
  readonly lease: Lease;
  /** Aborts when the delivery should stop: the worker leaves, or the queue's own lock is lost. */
  readonly delivery: AbortSignal | undefined;
  /** Whether an effect under way may be stopped for the delivery's sake alone. */
  readonly cutShort: boolean;
}

/**
 * Stops one attempt: at its deadline, when its lease is lost, or with its delivery. The signal itself is made when an
 * effect first asks for it, because signals cost more than all else around an effect that never looks at them.
 */
export class AttemptSignal {
  readonly #parts: AttemptSignalParts;
  #stopped: { readonly reason: unknown } | undefined;
  #own: AbortController | undefined;
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
    this.#stopped ??= { reason };
    this.#own?.abort(reason);
  }

  /** Throws why nothing may be sent any more, if something stands against it; the lease is asked separately. */
  throwIfAborted(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
    this.#parts.delivery?.throwIfAborted();
  }

  #open(): AbortSignal {
    const { lease, delivery, cutShort } = this.#parts;
    this.#own = new AbortController();
    if (this.#stopped !== undefined) this.#own.abort(this.#stopped.reason);
    const all = [this.#own.signal, lease.signal];
    return AbortSignal.any(cutShort && delivery !== undefined ? [...all, delivery] : all);
  }
}
