import { type IntentRecord, isFinal, type Ledger, TRANSITIONS } from '@latchkey/core';
import type { Scheduler } from './scheduler.ts';
import { WatchEntities } from './watch-entities.ts';
import type { IntentPlan, World } from './worlds.ts';

/** A change of the ledger, as its caller asked for it. */
export interface LedgerCall {
  readonly method: keyof Ledger;
  /** The fencing token that the caller named, where the call is conditional on one. */
  readonly token: number | null;
  readonly id: string | null;
}

/** What a final answer says: the same in every delivery. */
export type FinalAnswer = string;

/** What the watch knows of one intent. */
export interface Watched {
  readonly plan: IntentPlan;
  readonly id: string;
  row: IntentRecord | null;
  /** Virtual time at which `row` was read. */
  readAt: number;
  /** When each attempt was claimed, or was let perform after that, by token: its deadline counts from there. */
  readonly begunAt: Map<number, number>;
  /** Every final answer that stood in the row; more than one only where a person replayed or reran it. */
  readonly finals: FinalAnswer[];
  /** Generations of which a delivery was told that it is the first to succeed. */
  readonly answeredAsFirst: Set<number>;
}

/** Reads a record's outcome as one line, to be compared. */
export function finalAnswer(
  row: Pick<IntentRecord, 'state' | 'result' | 'externalId' | 'error'>,
): FinalAnswer {
  return [row.state, row.result ?? '', row.externalId ?? '', row.error?.code ?? ''].join(' ');
}

const LEGAL = new Set(TRANSITIONS.map(({ from, to }) => `${from} ${to}`));

/** Looks at every row after every call, and blames the schedule for what must not happen. */
export class Watch {
  readonly intents: ReadonlyMap<string, Watched>;
  /** Every change of state so far, as `from to`. */
  readonly changes: Set<string> = new Set();
  readonly #scheduler: Scheduler;
  readonly #entities: WatchEntities;

  constructor(world: World, scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.intents = new Map(
      world.intents.map((plan) => {
        const { id } = plan.submissions[0];
        return [id, newWatched(plan, id)] as const;
      }),
    );
    this.#entities = new WatchEntities([...this.intents.values()], (text) => scheduler.blame(text));
  }

  /** The present attempt waited, and may perform from now on. */
  permitted(id: string): void {
    const { row, begunAt } = this.of(id);
    if (row !== null) begunAt.set(row.token, this.#scheduler.now);
  }

  /** What is known of an intent; all intents of a world are watched. */
  of(id: string): Watched {
    const watched = this.intents.get(id);
    if (watched === undefined) throw new Error(`intent ${id} is none of this world`);
    return watched;
  }

  /** Whether the ledger holds every intent: from then on the queue may forget them. */
  get allKnown(): boolean {
    return [...this.intents.values()].every(({ row }) => row !== null);
  }

  /** Compares the rows with what they were before a call. */
  async afterCall(ledger: Ledger, call: LedgerCall): Promise<void> {
    for (const watched of this.intents.values()) {
      const row = await ledger.find(watched.id);
      const before = watched.row;
      if (row !== null) this.#compare(watched, before, row, call);
      watched.row = row;
      watched.readAt = this.#scheduler.now;
    }
  }

  #compare(watched: Watched, before: IntentRecord | null, row: IntentRecord, call: LedgerCall): void {
    const { name } = watched.plan;
    const changed = before === null || isChanged(before, row);
    if (row.purged && !isFinal(row.state)) this.#blame(`${name} was purged while ${row.state}`);
    if (!changed) return;
    const stale = call.token !== null && call.id === watched.id && call.token !== (before?.token ?? 0);
    if (stale) {
      const { method, token } = call;
      this.#blame(`${method} with the stale token ${token} changed ${name}, whose token is ${before?.token}`);
    }
    this.changes.add(`${before?.state ?? null} ${row.state}`);
    this.#checkTransition(name, before, row, call);
    this.#checkToken(name, before, row);
    if (row.token > (before?.token ?? 0)) watched.begunAt.set(row.token, this.#scheduler.now);
    if (isFinal(row.state) && !(before !== null && isFinal(before.state)))
      watched.finals.push(finalAnswer(row));
    this.#entities.changed(watched, before, row);
  }

  #checkTransition(name: string, before: IntentRecord | null, row: IntentRecord, call: LedgerCall): void {
    const from = before?.state ?? null;
    const purged = row.purged && from === row.state;
    const admitted = from === null && row.state === 'claimed' && call.method === 'admit';
    if (!(purged || admitted || LEGAL.has(`${from} ${row.state}`)))
      this.#blame(`${name} went from ${from} to ${row.state}`);
    if (before === null || !isFinal(before.state) || purged) return;
    const replayed = before.state === 'failed' && row.state === 'pending' && call.method === 'replay';
    const rerun = before.state === 'succeeded' && row.state === 'pending' && call.method === 'rerun';
    if (!(replayed || rerun))
      this.#blame(`${name} was ${finalAnswer(before)}, and ${call.method} made it ${finalAnswer(row)}`);
  }

  #checkToken(name: string, before: IntentRecord | null, row: IntentRecord): void {
    const last = before?.token ?? 0;
    // a wish that is sent again after its reply was lost is granted anew where its first lease was ended meanwhile
    const claimed =
      row.state === 'claimed' && (before?.state !== 'claimed' || row.claimant !== before.claimant);
    const rerun = row.generation !== (before?.generation ?? 1);
    if (row.token !== last + (claimed || rerun ? 1 : 0))
      this.#blame(`the token of ${name} went from ${last} to ${row.token} (${row.state})`);
  }

  #blame(text: string): void {
    this.#scheduler.blame(text);
  }
}

function newWatched(plan: IntentPlan, id: string): Watched {
  return { plan, id, row: null, readAt: 0, begunAt: new Map(), finals: [], answeredAsFirst: new Set() };
}

function isChanged(a: IntentRecord, b: IntentRecord): boolean {
  return (
    a.state !== b.state ||
    a.token !== b.token ||
    a.claimant !== b.claimant ||
    a.result !== b.result ||
    a.externalId !== b.externalId ||
    a.error?.code !== b.error?.code ||
    a.asked !== b.asked ||
    a.purged !== b.purged
  );
}
