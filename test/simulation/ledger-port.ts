import type {
  Claimed,
  ClaimWish,
  Decision,
  Ending,
  HistoryEntry,
  InTurn,
  IntentRecord,
  Ledger,
  OpenIntent,
  Recorded,
  Submission,
  Submitted,
  Superseded,
  SweepCursor,
  Transacted,
  TransactionEnd,
} from '@latchkey/core';
import { describeClaim, describeEnding, describeRecord, describeRecorded } from './describe-call.ts';
import { askLedger, type LedgerStep } from './ledger-step.ts';
import type { Process } from './scheduler.ts';
import { nameOf, type Stage } from './stage.ts';
import { type Perform, transactInSteps } from './transact-in-steps.ts';

type Verdict = Parameters<Ledger['decide']>[1];

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

  transact(held: IntentRecord, deadlineMs: number, perform: Perform): Promise<Transacted> {
    return transactInSteps(this.#stage, this.#who, held, deadlineMs, perform);
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

  rerun(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#decided('rerun', id, token, `has ${this.#name(id)} performed once more`, () =>
      this.#memory.rerun(id, token, decision),
    );
  }

  nextInTurn(id: string, limit: number): Promise<readonly InTurn[]> {
    return this.#ask({ method: 'nextInTurn', act: () => this.#memory.nextInTurn(id, limit) });
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

  superseded(id: string): Promise<Superseded[]> {
    return this.#ask({ method: 'superseded', act: () => this.#memory.superseded(id) });
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
    method: 'settle' | 'decide' | 'replay' | 'rerun',
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

  #ask<T>(call: LedgerStep<T>): Promise<T> {
    return askLedger(this.#stage, this.#who, call);
  }
}
