import { backoffMs } from './backoff.ts';
import { ledgerClosed } from './ledger-closed.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { sortDatabaseError } from './sort-database-error.ts';

/** What a lane sends in batches. */
export interface LaneOptions<Item, Result> {
  /** Two items of one id never share a batch: a statement sees each row once. */
  readonly idOf: (item: Item) => string;
  /** Sends one batch; answers in the order of the items. Must be safe to send again. */
  readonly send: (session: Session, items: readonly Item[]) => Promise<Result[]>;
  /** Where the connection for each batch comes from. */
  readonly sessions: Sessions;
  /** Batches in flight at most, each on its own connection; default 3. */
  readonly slots?: number;
  /** Items in a batch at most; default 500. */
  readonly maxBatch?: number;
  /** Bytes of what an item carries, where that may be much; default: nothing is. */
  readonly weigh?: (item: Item) => number;
  /** Keeps the order of the requests within a batch, instead of sorting by id; default `false`. */
  readonly inOrder?: boolean;
  /** Told the size of each batch that became durable; default: nobody. */
  readonly onBatch?: (size: number) => void;
}

interface Waiting<Item, Result> {
  readonly id: string;
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Failures so far; after the first it is sent alone. */
  tries: number;
  /** Whether a connection was lost with it: the database may have taken it, and not have kept it safe yet. */
  lost: boolean;
  result: Result | undefined;
}

const DEFAULTS = {
  slots: 3,
  maxBatch: 500,
  inOrder: false,
  weigh: () => 0,
  onBatch: () => undefined,
} as const;

/** Bytes after which a batch is full: it is held in memory several times over, here and in the database. */
const MAX_BYTES = 8_388_608;

/**
 * From so many items in flight on, others wait for these and go as one batch: a statement costs the database as much as
 * some ten rows before its first one.
 */
const COALESCE_FROM = 20;
/** How long others wait for a batch, in milliseconds: one whose connection died silently, or who waits for a lock, holds up nobody. */
const COALESCE_MS = 100;

/**
 * Group commit: coalesces single requests into multi-row statements, so that many of them share one commit.
 *
 * An idle lane adds no wait: as long as little is in flight, a request goes out at once. A loaded one makes large batches:
 * each holds what came in while the one before was under way. When the database is away, requests wait here; a batch
 * that fails for its rows is sent again one by one, so that one bad row fails alone.
 */
export class Lane<Item, Result> {
  readonly #options: Required<LaneOptions<Item, Result>>;
  readonly #resting = new Map<Waiting<Item, Result>, NodeJS.Timeout>();
  #queue: Waiting<Item, Result>[] = [];
  #flushing = false;
  #closed = false;
  /** Outages seen in a row, and the end of the pause after the last one. */
  #outages = 0;
  #pause: NodeJS.Timeout | undefined;
  /** Batches in flight, their items, and the end of the time that others wait for them. */
  #batches = 0;
  #inFlight = 0;
  #patience: NodeJS.Timeout | undefined;

  constructor(options: LaneOptions<Item, Result>) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Adds a request; settles when its batch is durable, or when its own row is at fault. */
  push(item: Item): Promise<Result> {
    if (this.#closed) return Promise.reject(ledgerClosed());
    const id = this.#options.idOf(item);
    return new Promise((resolve, reject) => {
      this.#queue.push({ id, item, resolve, reject, tries: 0, lost: false, result: undefined });
      this.#flushSoon();
    });
  }

  /** Refuses what waits, and what is under way once its connection is closed. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#stopWaiting();
    for (const timer of this.#resting.values()) clearTimeout(timer);
    for (const { reject } of [...this.#queue.splice(0), ...this.#resting.keys()]) reject(ledgerClosed());
    this.#resting.clear();
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(isLate = false): void {
    if (isLate) this.#stopWaiting();
    if (this.#pause !== undefined) return; // its end flushes
    while (this.#queue.length > 0 && this.#batches < this.#options.slots) {
      if (!isLate && this.#inFlight >= COALESCE_FROM && this.#queue.length < this.#options.maxBatch) {
        this.#patience ??= setTimeout(() => this.#flush(true), COALESCE_MS);
        return;
      }
      this.#stopWaiting();
      void this.#work(this.#take());
    }
  }

  #stopWaiting(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  /** Takes the next batch, of distinct ids. */
  #take(): Waiting<Item, Result>[] {
    const batch = new Map<string, Waiting<Item, Result>>();
    const passed: Waiting<Item, Result>[] = [];
    const { maxBatch, weigh } = this.#options;
    let seen = 0;
    let bytes = 0;
    for (const waiting of this.#queue) {
      if (batch.size >= maxBatch || bytes >= MAX_BYTES || (batch.size > 0 && waiting.tries > 0)) break;
      seen += 1;
      bytes += weigh(waiting.item);
      if (batch.has(waiting.id)) passed.push(waiting);
      else batch.set(waiting.id, waiting);
      if (waiting.tries > 0) break; // what failed once goes alone
    }
    this.#queue.splice(0, seen, ...passed);
    return [...batch.values()];
  }

  async #work(batch: Waiting<Item, Result>[]): Promise<void> {
    const { sessions, onBatch } = this.#options;
    let session: Session | undefined;
    this.#batches += 1;
    this.#inFlight += batch.length;
    try {
      session = await sessions.take();
      await this.#send(session, batch);
      this.#outages = 0;
      onBatch(batch.length);
      // in the order in which they came: a queue takes its jobs back fastest in the order in which it gave them
      for (const { resolve, result } of batch) resolve(result as Result);
    } catch (error) {
      this.#fail(batch, error, session);
    } finally {
      this.#batches -= 1;
      this.#inFlight -= batch.length;
      if (session !== undefined) sessions.give(session);
      if (!this.#closed && this.#queue.length > 0) this.#flushSoon();
    }
  }

  async #send(session: Session, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    // sorted, so that two processes never wait for each other's rows in a ring
    const sent = this.#options.inOrder ? batch : [...batch].sort((a, b) => (a.id < b.id ? -1 : 1));
    const items = sent.map(({ item }) => item);
    const results = await this.#options.send(session, items);
    for (const [index, waiting] of sent.entries()) waiting.result = results[index];
    if (batch.some(({ lost }) => lost)) await session.confirm();
  }

  #fail(batch: Waiting<Item, Result>[], error: unknown, session: Session | undefined): void {
    const fault = this.#closed ? 'closed' : sortDatabaseError(error);
    if (fault === 'connection') {
      if (session !== undefined) this.#options.sessions.lose(session);
      this.#waitForDatabase(batch);
    } else if (fault === 'later' || (fault === 'rows' && batch.length > 1)) {
      this.#queue.unshift(...batch.filter(({ tries }) => tries === 0));
      for (const waiting of batch) this.#sendAlone(waiting);
    } else {
      for (const { reject } of batch) reject(fault === 'closed' ? ledgerClosed() : error);
    }
  }

  /** One of a failed batch goes again, alone; one that keeps failing waits longer, and holds up nobody else. */
  #sendAlone(waiting: Waiting<Item, Result>): void {
    waiting.tries += 1;
    if (waiting.tries === 1) return; // at once, in its old place
    const rested = () => {
      this.#resting.delete(waiting);
      this.#queue.push(waiting);
      this.#flush();
    };
    this.#resting.set(waiting, setTimeout(rested, backoffMs(waiting.tries - 2)));
  }

  /** The database is away: all wait together, with a growing pause between two tries. */
  #waitForDatabase(batch: Waiting<Item, Result>[]): void {
    for (const waiting of batch) waiting.lost = true;
    this.#queue.unshift(...batch);
    if (this.#pause !== undefined) return; // another slot found out first
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#flush();
    }, backoffMs(this.#outages));
    this.#outages += 1;
  }
}
