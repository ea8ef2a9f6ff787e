import { Ambiguous, type LatchkeyError, NotPerformed, SecondEffect } from '../errors.ts';
import type { Lease } from './leases.ts';
import type { Stop } from './stop.ts';

/**
 * Stands before every send of one attempt: only a holder may send, and only once.
 *
 * It also remembers whether something may have been sent, because after that the failure of another request proves
 * nothing about the effect.
 */
export class SendGate {
  readonly #lease: Lease;
  readonly #signal: Pick<Stop, 'throwIfAborted'>;
  readonly #assertInTime: () => void;
  #sent = false;

  /**
   * @param assertInTime throws once the deadline is over by the clock: after a pause of the whole process a send may
   * come before the timer that aborts the signal. Default: there is no deadline
   */
  constructor(
    lease: Lease,
    signal: Pick<Stop, 'throwIfAborted'>,
    assertInTime: () => void = () => undefined,
  ) {
    this.#lease = lease;
    this.#signal = signal;
    this.#assertInTime = assertInTime;
  }

  /** Whether this attempt may have sent something. */
  get sent(): boolean {
    return this.#sent;
  }

  /** Throws `NotPerformed` instead of letting a send out that this worker may no longer make. */
  check(): void {
    try {
      this.#lease.assert();
      this.#signal.throwIfAborted();
      this.#assertInTime();
    } catch (cause) {
      throw this.#sent
        ? new Ambiguous('stopped after something may have been sent', { cause })
        : new NotPerformed('nothing was sent: this worker must not send any more', { cause });
    }
  }

  /** Lets one send out; `what` and `where` name it in the refusal of a second one. */
  pass(what: string, where: string): void {
    if (this.#sent) throw new SecondEffect(what, where);
    this.check();
    this.#sent = true;
  }

  /** Takes note that what was let out surely had no effect, so that it may be tried again. */
  takeBack(): void {
    this.#sent = false;
  }

  /** Weighs the failure of a request that itself can't have an effect. */
  weigh(error: LatchkeyError): LatchkeyError {
    if (!this.#sent) return error;
    const status = 'status' in error && typeof error.status === 'number' ? { status: error.status } : {};
    return new Ambiguous(`after a send: ${error.message}`, { cause: error, ...status });
  }
}
