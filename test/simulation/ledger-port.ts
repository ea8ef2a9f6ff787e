import {
  type Claimed,
  type ClaimWish,
  type Decision,
  type Ending,
  type HistoryEntry,
  type IntentRecord,
  type Ledger,
  NotPerformed,
  type OpenIntent,
  type Recorded,
  type Submission,
  type Submitted,
  type SweepCursor,
  type Transacted,
  type TransactionEnd,
} from '@latchkey/core';
import { describeClaim, describeEnding, describeRecord, describeRecorded } from './describe-call.ts';
import type { Process } from './scheduler.ts';
import { nameOf, type Stage } from './stage.ts';
import type { LedgerCall } from './watch.ts';

type Verdict = Parameters<Ledger['decide']>[1];
type Perform = Parameters<Ledger['transact']>[2];

/** What is said of one call. */
interface Ask<T> {
  readonly method: keyof Ledger;
  readonly id?: string;
  readonly token?: number;
  readonly act: () => Promise<T>;
  readonly tell?: (value: T | undefined) => string;
  /** How it is asked again after its reply, or the call itself (no `first`), was lost; default: the same once more. */
  readonly again?: (first: T | undefined) => () => Promise<T>;
}

/** Effects that a transaction holds back until it commits. */
export interface Staged {
  readonly apply: (() => void)[];
}

/**
 * The ledger as one process sees it: each call is a step that may come late, be lost, or lose its reply. A call whose
 * reply is lost is asked again, as the ledger in PostgreSQL does it.
 */
export class LedgerPort implements Ledger {
  readonly #stage: Stage;
  readonly #who: Process;

  constructor(stage: Stage, who: Process) {
    this.#stage = stage;
    this.#who = who;
  }

  submit(submission: Submission): Promise<Submitted> {
    const { id } = submission;
    return this.#ask<Submitted>({
      method: 'submit',
      id,
      act: () => this.#memory.submit(submission),
      tell: (found) => `submits ${this.#name(id)}${found ? ` → ${describeRecord(found.record)}` : ''}`,
    });
  }

  admit(submission: Submission, wish: ClaimWish): Promise<Claimed> {
    return this.#claimed('admit', wish, 'submits and claims', undefined, () =>
      this.#memory.admit(submission, wish),
    );
  }

  claim(wish: ClaimWish): Promise<Claimed> {
    return this.#claimed('claim', wish, 'claims', undefined, () => this.#memory.claim(wish));
  }

  takeOver(wish: ClaimWish, token: number): Promise<Claimed> {
    return this.#claimed('takeOver', wish, 'takes over', token, () => this.#memory.takeOver(wish, token));
  }

  renew(id: string, token: number, leaseMs: number): Promise<boolean> {
    return this.#ask<boolean>({
      method: 'renew',
      id,
      token,
      act: () => this.#memory.renew(id, token, leaseMs),
      tell: (kept) => `renews the lease on ${this.#name(id)}${kept === false ? ' → lost' : ''}`,
    });
  }

  record(held: IntentRecord, ending: Ending): Promise<Recorded> {
    const { id, token } = held;
    return this.#ask<Recorded>({
      method: 'record',
      id,
      token,
      act: () => this.#memory.record(held, ending),
      tell: (done) =>
        `records attempt ${token} of ${this.#name(id)} as ${describeEnding(ending)}${describeRecorded(done)}`,
    });
  }

  /** The effect is kept back until the record of success is written, and both are written in one step. */
  async transact(held: IntentRecord, deadlineMs: number, perform: Perform): Promise<Transacted> {
    const { id, token } = held;
    const staged: Staged = { apply: [] };
    const method = 'transact';
    await this.#ask<void>({ method, id, act: async () => undefined, tell: () => 'begins a transaction' });
    const ending = await perform(staged as unknown as Parameters<Perform>[0]).catch((error: unknown) => ({
      error,
    }));
    if ('error' in ending) return { kind: 'threw', error: ending.error };
    return this.#ask<Transacted>({
      method,
      id,
      token,
      act: async () => {
        const done = await this.#memory.transact(held, deadlineMs, async () => ending);
        if (done.kind === 'recorded') for (const apply of staged.apply) apply();
        return done;
      },
      tell: (done) => `commits attempt ${token} of ${this.#name(id)}${describeRecorded(done)}`,
      again: () => () => this.#readBack(id, token),
    });
  }

  expireLease(id: string, token: number, ending: Parameters<Ledger['expireLease']>[2]): Promise<Recorded> {
    return this.#ask<Recorded>({
      method: 'expireLease',
      id,
      token,
      act: () => this.#memory.expireLease(id, token, ending),
      tell: (done) =>
        `ends the dead lease on ${this.#name(id)}: ${describeEnding(ending)}${describeRecorded(done)}`,
    });
  }

  settle(id: string, token: number, ending: Ending, decision: Decision): Promise<Recorded> {
    return this.#decided('settle', id, token, `settles ${this.#name(id)} as ${describeEnding(ending)}`, () =>
      this.#memory.settle(id, token, ending, decision),
    );
  }

  decide(id: string, verdict: Verdict, decision: Parameters<Ledger['decide']>[2]): Promise<Recorded> {
    return this.#decided('decide', id, undefined, `decides on ${this.#name(id)}: ${verdict}`, () =>
      this.#memory.decide(id, verdict, decision),
    );
  }

  replay(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#decided('replay', id, token, `replays ${this.#name(id)}`, () =>
      this.#memory.replay(id, token, decision),
    );
  }

  nextInTurn(id: string): Promise<{ readonly id: string; readonly action: string } | null> {
    return this.#ask({ method: 'nextInTurn', act: () => this.#memory.nextInTurn(id) });
  }

  note(id: string, entry: Parameters<Ledger['note']>[1]): Promise<void> {
    return this.#ask({ method: 'note', act: () => this.#memory.note(id, entry) });
  }

  find(id: string): Promise<IntentRecord | null> {
    return this.#ask<IntentRecord | null>({
      method: 'find',
      act: () => this.#memory.find(id),
      tell: (row) => (row ? `looks at ${this.#name(id)}: ${describeRecord(row)}` : ''),
    });
  }

  findMany(ids: readonly string[]): Promise<ReadonlyMap<string, IntentRecord>> {
    return this.#ask({ method: 'findMany', act: () => this.#memory.findMany(ids) });
  }

  story(id: string): Promise<HistoryEntry[]> {
    return this.#ask({ method: 'story', act: () => this.#memory.story(id) });
  }

  open(
    action: string,
    after: SweepCursor | null,
    limit: number,
  ): Promise<{ intents: OpenIntent[]; next: SweepCursor | null }> {
    return this.#ask({ method: 'open', act: () => this.#memory.open(action, after, limit) });
  }

  purge(action: string, limit: number): Promise<number> {
    return this.#ask<number>({
      method: 'purge',
      act: () => this.#memory.purge(action, limit),
      tell: (purged) => (purged ? `purges ${purged}` : ''),
    });
  }

  /** The lock spares work and may be lost at any time, so that nobody is kept out here. */
  async exclusively(_name: string, body: () => Promise<void>): Promise<boolean> {
    await body();
    return true;
  }

  async endsOf(): Promise<ReadonlyMap<string, TransactionEnd>> {
    return new Map();
  }

  async close(): Promise<void> {}

  get #memory(): Ledger {
    return this.#stage.ledger;
  }

  #name(id: string): string {
    return nameOf(this.#stage, id);
  }

  #claimed(
    method: 'admit' | 'claim' | 'takeOver',
    { id }: ClaimWish,
    verb: string,
    token: number | undefined,
    act: () => Promise<Claimed>,
  ): Promise<Claimed> {
    return this.#ask<Claimed>({
      method,
      id,
      ...(token === undefined ? {} : { token }),
      act: async () => {
        const claimed = await act();
        if (claimed.kind === 'claimed') this.#stage.attempts.set(this.#who, id);
        return claimed;
      },
      tell: (claimed) => `${verb} ${this.#name(id)}${describeClaim(claimed)}`,
    });
  }

  /** A decision that was carried out says so when it is asked again: its history tells it. */
  #decided(
    method: 'settle' | 'decide' | 'replay',
    id: string,
    token: number | undefined,
    text: string,
    act: () => Promise<Recorded>,
  ): Promise<Recorded> {
    return this.#ask<Recorded>({
      method,
      id,
      ...(token === undefined ? {} : { token }),
      act,
      tell: (done) => `${text}${describeRecorded(done)}`,
      again: (first) => async () => {
        const record = first?.kind === 'recorded' ? await this.#memory.find(id) : null;
        return record === null ? act() : { kind: 'recorded', record };
      },
    });
  }

  /** What the row says of a commit whose reply was lost, as `transact` in PostgreSQL reads it back. */
  async #readBack(id: string, token: number): Promise<Transacted> {
    const record = await this.#memory.find(id);
    if (record === null) throw new Error('the row is gone');
    if (record.token === token && record.state === 'claimed') {
      return { kind: 'threw', error: new NotPerformed('the transaction did not commit') };
    }
    const ours = record.token === token && record.state === 'succeeded';
    return { kind: ours ? 'recorded' : 'stale', record };
  }

  #ask<T>({ method, id, token, act, tell, again }: Ask<T>): Promise<T> {
    const call: LedgerCall = { method, id: id ?? null, token: token ?? null };
    const watched = (change: () => Promise<T>) => async () => {
      const value = await change();
      if (id !== undefined || method === 'purge') await this.#stage.watch.afterCall(this.#memory, call);
      return value;
    };
    return this.#stage.scheduler.call<T>({
      who: this.#who,
      kind: 'ledger',
      intent: id ?? null,
      act: watched(act),
      again: (first) => watched(again?.(first as T | undefined) ?? act),
      ...(tell === undefined ? {} : { tell: (value) => tell(value as T | undefined) }),
    });
  }
}
