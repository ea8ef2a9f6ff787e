import { LeaseLost } from '../errors.ts';
import type { Clock } from './clock.ts';
import { LazyStop } from './stop.ts';

/** A right to perform, as its holder sees it. */
export interface Lease {
  readonly id: string;
  readonly token: number;
  /** Aborts with `LeaseLost` when the lease is lost or runs out unrenewed. */
  readonly signal: AbortSignal;
  /** Throws `LeaseLost` unless the lease surely still holds. */
  assert(): void;
  /** Ends the renewals. */
  letGo(): void;
}

/** Prolongs a lease in the ledger; `false` once it is lost. */
export type Renew = (id: string, token: number, leaseMs: number) => Promise<boolean>;

/** How often held leases are looked at: fine against a lease of 100 ms, cheap against thousands of them. */
const TICK_MS = 25;

/**
 * Renews the leases of one process while their effects run, each when a third of it has passed.
 *
 * A lease counts from the moment *before* its claim was sent, so that this process always lets go no later than
 * the database does. Where a renewal can't reach the database, the lease runs out here as it does there.
 */
export class Leases {
  readonly #held = new Set<HeldLease>();
  readonly #clock: Clock;
  readonly #renew: Renew;
  #stopTick: (() => void) | undefined;

  constructor(clock: Clock, renew: Renew) {
    this.#clock = clock;
    this.#renew = renew;
  }

  /** Number of leases held now. */
  get size(): number {
    return this.#held.size;
  }

  /** Starts renewing; `since` is the monotonic time before the claim was sent. */
  hold(id: string, token: number, leaseMs: number, since: number): Lease {
    const held = new HeldLease(this, id, token, leaseMs, since + leaseMs);
    this.#held.add(held);
    this.#stopTick ??= this.#clock.after(TICK_MS, () => this.#tick());
    return held;
  }

  /** Throws `LeaseLost` unless a lease surely still holds. */
  assert(held: HeldLease): void {
    if (held.until <= this.#clock.now()) this.#lose(held, 'ran out before it could be renewed');
    held.throwIfAborted();
  }

  /** Ends the renewals of a lease. */
  letGo(held: HeldLease): void {
    this.#held.delete(held);
  }

  #tick(): void {
    this.#stopTick = undefined;
    for (const held of this.#held) {
      const left = held.until - this.#clock.now();
      if (left <= 0) this.#lose(held, 'ran out before it could be renewed');
      else if (!held.renewing && left <= (held.leaseMs * 2) / 3) void this.#prolong(held);
    }
    if (this.#held.size > 0) this.#stopTick = this.#clock.after(TICK_MS, () => this.#tick());
  }

  async #prolong(held: HeldLease): Promise<void> {
    held.renewing = true;
    const since = this.#clock.now();
    try {
      if (await this.#renew(held.id, held.token, held.leaseMs)) held.until = since + held.leaseMs;
      else this.#lose(held, 'was taken over');
    } catch {
      // the database is away: the tick asks again, until the lease runs out by itself
    } finally {
      held.renewing = false;
    }
  }

  #lose(held: HeldLease, why: string): void {
    this.#held.delete(held);
    held.abort(new LeaseLost(`the lease on intent ${held.id} (attempt ${held.token}) ${why}`));
  }
}

/** A lease, which aborts with `LeaseLost`. */
class HeldLease extends LazyStop implements Lease {
  readonly id: string;
  readonly token: number;
  readonly leaseMs: number;
  until: number;
  renewing = false;
  readonly #leases: Leases;

  constructor(leases: Leases, id: string, token: number, leaseMs: number, until: number) {
    super();
    this.#leases = leases;
    this.id = id;
    this.token = token;
    this.leaseMs = leaseMs;
    this.until = until;
  }

  assert(): void {
    this.#leases.assert(this);
  }

  letGo(): void {
    this.#leases.letGo(this);
  }
}
