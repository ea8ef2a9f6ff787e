import { LatchkeyError } from '../../errors.ts';
import type { Session } from './session.ts';
import { sortDatabaseError } from './sort-database-error.ts';

/** What a lane sends in batches. */
export interface LaneOptions<Item, Result> {
  /** Two items of one id never share a batch: a statement sees each row once. */
  readonly idOf: (item: Item) => string;
  /** Sends one batch; answers in the order of the items. Must be safe to send again. */
  readonly send: (session: Session, items: readonly Item[]) => Promise<Result[]>;
  readonly connect: () => Promise<Session>;
  /** Batches in flight at most, each on its own connection; default 3. */
  readonly slots?: number;
  /** Items in a batch at most; default 100. */
  readonly maxBatch?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Failures so far; after the first it is sent alone. */
  tries: number;
}

interface Slot {
  session: Session | undefined;
  busy: boolean;
}

/** Pause before a new try, in milliseconds, doubled up to the second number. */
const BACKOFF_MS = [50, 2_000] as const;

/**
 * Group commit: coalesces single requests into multi-row statements, so that many of them share one commit.
 *
 * No timer holds a request back: a batch goes out as soon as a slot is free, and holds what came in meanwhile, so
 * an idle lane adds no wait and a loaded one makes large batches. When the database is away, requests wait here;
 * a batch that fails for its rows is sent again one by one, so that one bad row fails alone.
 */
export class Lane<Item, Result> {
  readonly #options: Required<LaneOptions<Item, Result>>;
  readonly #slots: Slot[];
  #queue: Waiting<Item, Result>[] = [];
  #flushing = false;
  #closed = false;
  #failures = 0;
  #pausedUntil = 0;

  constructor(options: LaneOptions<Item, Result>) {
    this.#options = { slots: 3, maxBatch: 100, ...options };
    this.#slots = Array.from({ length: this.#options.slots }, () => ({ session: undefined, busy: false }));
  }

  /** Adds a request; settles when its batch is durable, or when its own row is at fault. */
  push(item: Item): Promise<Result> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject, tries: 0 });
      this.#flushSoon();
    });
  }

  /** Refuses what waits and drops the connections. */
  close(): void {
    this.#closed = true;
    this.#refuseAll();
    for (const slot of this.#slots) slot.session?.close();
  }

  #refuseAll(): void {
    for (const { reject } of this.#queue.splice(0)) reject(closed());
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#closed) this.#refuseAll();
    if (performance.now() < this.#pausedUntil) return;
    for (const slot of this.#slots) {
      if (this.#queue.length === 0) return;
      if (!slot.busy) void this.#work(slot, this.#take());
    }
  }

  /** Takes the next batch: distinct ids, sorted, so that two processes never wait for each other in a ring. */
  #take(): Waiting<Item, Result>[] {
    const batch = new Map<string, Waiting<Item, Result>>();
    const passed: Waiting<Item, Result>[] = [];
    let seen = 0;
    for (const waiting of this.#queue) {
      if (batch.size >= this.#options.maxBatch || (batch.size > 0 && waiting.tries > 0)) break;
      seen += 1;
      const id = this.#options.idOf(waiting.item);
      if (batch.has(id)) passed.push(waiting);
      else batch.set(id, waiting);
      if (waiting.tries > 0) break; // what failed once goes alone
    }
    this.#queue.splice(0, seen, ...passed);
    return [...batch].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, waiting]) => waiting);
  }

  async #work(slot: Slot, batch: Waiting<Item, Result>[]): Promise<void> {
    slot.busy = true;
    try {
      if (slot.session?.lost) slot.session = undefined;
      slot.session ??= await this.#options.connect();
      const results = await this.#options.send(
        slot.session,
        batch.map(({ item }) => item),
      );
      this.#failures = 0;
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      this.#fail(slot, batch, error);
    } finally {
      slot.busy = false;
      if (this.#closed) slot.session?.close();
      else if (this.#queue.length > 0) this.#flushSoon();
    }
  }

  #fail(slot: Slot, batch: Waiting<Item, Result>[], error: unknown): void {
    const fault = this.#closed ? 'closed' : faultOf(error);
    if (fault === 'connection') {
      slot.session?.close();
      slot.session = undefined;
      this.#pause(batch);
    } else if (fault === 'later' || (fault === 'rows' && batch.length > 1)) {
      this.#separate(batch);
    } else {
      for (const { reject } of batch) reject(fault === 'closed' ? closed() : error);
    }
  }

  /** Sends each of a failed batch again, alone; one that keeps failing waits longer, and holds up nobody else. */
  #separate(batch: Waiting<Item, Result>[]): void {
    for (const waiting of batch) {
      const pause = waiting.tries === 0 ? 0 : backoff(waiting.tries);
      waiting.tries += 1;
      setTimeout(() => {
        this.#queue.push(waiting);
        this.#flush();
      }, pause);
    }
  }

  /** The database is away: all wait together, with a growing pause between two tries. */
  #pause(batch: Waiting<Item, Result>[]): void {
    this.#queue.unshift(...batch);
    const pause = backoff(this.#failures);
    this.#failures += 1;
    this.#pausedUntil = performance.now() + pause;
    setTimeout(() => this.#flush(), pause + 1);
  }
}

function backoff(failures: number): number {
  return Math.min(BACKOFF_MS[0] * 2 ** failures, BACKOFF_MS[1]);
}

function faultOf(error: unknown): ReturnType<typeof sortDatabaseError> {
  if (error instanceof LatchkeyError) return error.code === 'NOT_DURABLE' ? 'later' : 'rows';
  return sortDatabaseError(error);
}

function closed(): LatchkeyError {
  return new LatchkeyError(
    'LEDGER_CLOSED',
    'the ledger is closed; what was under way is settled by the next delivery',
  );
}
