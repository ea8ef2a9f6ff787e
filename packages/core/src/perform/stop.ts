/** What may stop something that is under way. */
export interface Stop {
  /** Throws the reason, once it is to stop. */
  throwIfAborted(): void;
  readonly signal: AbortSignal;
}

/**
 * A stop whose signal is made when somebody first asks for it: a signal costs more than all else around an effect that
 * never looks at it.
 */
export class LazyStop implements Stop {
  #stopped: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;

  abort(reason: unknown): void {
    this.#stopped ??= { reason };
    this.#controller?.abort(reason);
  }

  throwIfAborted(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stopped !== undefined) this.#controller.abort(this.#stopped.reason);
    }
    return this.#controller.signal;
  }
}

/** A stop that somebody else's signal gives. */
export function stopBy(signal: AbortSignal): Stop {
  return { signal, throwIfAborted: () => signal.throwIfAborted() };
}
