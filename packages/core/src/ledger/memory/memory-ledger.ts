import type { Transaction } from 'kysely';
import { IntentUnknown, LatchkeyError } from '../../errors.ts';
import { isFinal, statesBefore } from '../../states.ts';
import type {
  Claimed,
  ClaimWish,
  Decision,
  Ending,
  InTurn,
  Ledger,
  Recorded,
  Submission,
  Submitted,
  Succeeded,
  Transacted,
  TransactionEnd,
  Verdict,
} from '../ledger.ts';
import type { HistoryEntry, IntentRecord } from '../record.ts';
import { isEndedBy } from '../same-ending.ts';
import type { LedgerSearch } from '../search.ts';
import { storyOf } from '../story.ts';
import type { Superseded } from '../superseded.ts';
import { VERDICTS } from '../verdicts.ts';
import { performAgain } from './memory-again.ts';
import { endRow, type HowEnded, writeEnding } from './memory-endings.ts';
import { claimRow, type MemoryRow, newRow, recordOf, tell, tellClaim } from './memory-row.ts';
import { countRows, oldestPendingRows, searchRows } from './memory-search.ts';
import { openRows, purgeableRows } from './memory-sweep.ts';
import { MemoryTurns } from './memory-turns.ts';
import { holds } from './memory-verdicts.ts';

/**
 * The ledger in memory: the same rules without a database, for simulations and for the unit tests of actions.
 *
 * One process only, gone with it: never a substitute in production. Callers' transactions aren't offered.
 *
 * @param now milliseconds of the clock that decides; injected, so that a schedule can be replayed
 */
export class MemoryLedger implements Ledger, LedgerSearch {
  readonly #rows = new Map<string, MemoryRow>();
  /** Ids of earlier key versions, and the intent that took each. */
  readonly #aliases = new Map<string, string>();
  readonly #exclusive = new Set<string>();
  readonly #turns = new MemoryTurns();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async submit(submission: Submission, tx?: unknown): Promise<Submitted> {
    if (tx !== undefined) throw new LatchkeyError('NOT_LEGAL', 'the ledger in memory has no transactions');
    const first = [submission.id, ...submission.previousIds]
      .map((id) => this.#row(id))
      .find((row) => row !== undefined);
    if (first !== undefined) return { created: false, record: this.#show(first) };
    const row = newRow(submission, this.#now(), this.#rows.size);
    this.#rows.set(submission.id, row);
    this.#turns.take(row);
    for (const id of submission.previousIds) this.#aliases.set(id, submission.id);
    return { created: true, record: this.#show(row) };
  }

  async admit(submission: Submission, wish: ClaimWish): Promise<Claimed> {
    const { record, created } = await this.submit(submission);
    return { ...(await this.claim({ ...wish, id: record.id })), ...(created ? { created } : {}) };
  }

  async claim(wish: ClaimWish): Promise<Claimed> {
    const row = this.#row(wish.id);
    if (row === undefined) return { kind: 'missing' };
    const due = row.dueAt === null || row.dueAt <= this.#now();
    const turn = this.#turns.turnOf(row);
    const may = statesBefore('claim').includes(row.state) && due && (turn === null || turn === 'next');
    const other = row.submission.action !== (wish.action ?? row.submission.action);
    if (!may || other || this.#aliases.has(wish.id)) return this.#found(row, wish);
    row.sentAt ??= this.#now();
    return this.#take(row, wish);
  }

  async takeOver(wish: ClaimWish, token: number): Promise<Claimed> {
    const row = this.#row(wish.id);
    if (row === undefined) return { kind: 'missing' };
    const now = this.#now();
    const dead = row.state === 'claimed' && (row.leaseUntil ?? 0) < now;
    const due = row.state === 'in_doubt' && row.dueAt !== null && row.dueAt <= now;
    if (row.token !== token || !(dead || due)) return this.#found(row, wish);
    tellClaim(row, this.#now());
    if (dead) tell(row, this.#now(), 'lease_expired', row.claimant, null);
    return this.#take(row, wish);
  }

  async renew(id: string, token: number, leaseMs: number): Promise<boolean> {
    const row = this.#row(id);
    if (row?.token !== token || row.state !== 'claimed') return false;
    row.leaseUntil = this.#now() + leaseMs;
    return true;
  }

  async record(held: IntentRecord, ending: Ending): Promise<Recorded> {
    const { id, token } = held;
    const row = this.#get(id);
    if (row.state === 'claimed' && row.token === token && isFinal(ending.state)) {
      writeEnding(row, ending, this.#now());
      return this.#recorded(row);
    }
    const event = ending.state === 'pending' ? 'not_performed' : ending.state;
    return this.#end(id, token, ending, { steps: ['record', 'release', 'doubt', 'late-outcome'], event });
  }

  async transact(
    held: IntentRecord,
    _deadlineMs: number,
    perform: (tx: Transaction<unknown>) => Promise<Succeeded>,
  ): Promise<Transacted> {
    let ending: Succeeded;
    try {
      ending = await perform(undefined as unknown as Transaction<unknown>); // there is nothing to roll back here
    } catch (error) {
      return { kind: 'threw', error };
    }
    const row = this.#get(held.id);
    // fenced by the claim itself: what was rolled back has no late outcome
    if (row.state !== 'claimed' || row.token !== held.token)
      return { kind: 'stale', record: this.#show(row) };
    return this.record(held, ending);
  }

  async expireLease(
    id: string,
    token: number,
    ending: Ending & { state: 'in_doubt' | 'failed' },
  ): Promise<Recorded> {
    return this.#end(id, token, ending, {
      steps: ['record', 'doubt'],
      event: ending.state,
      expiredOnly: true,
    });
  }

  async settle(id: string, token: number, ending: Ending, decision: Decision): Promise<Recorded> {
    const asked = ending.state === 'in_doubt';
    const event = asked ? 'asked' : `settled_${ending.state}`;
    return this.#end(id, token, ending, { steps: ['settle'], event, asked, decision });
  }

  async decide(
    id: string,
    verdict: Verdict,
    decision: Decision & { fingerprint?: string },
  ): Promise<Recorded> {
    const row = this.#get(id);
    const now = this.#now();
    const seen = decision.fingerprint === undefined || decision.fingerprint === row.submission.fingerprint;
    if (!seen || !statesBefore(verdict).includes(row.state) || !holds(verdict, row, now)) {
      return { kind: 'stale', record: this.#show(row) };
    }
    const { to, event } = VERDICTS[verdict];
    if (verdict === 'stale') row.error = { code: 'STALE', message: decision.reason };
    Object.assign(row, { state: to, dueAt: null, finishedAt: to === 'pending' ? null : now });
    tell(row, this.#now(), event, decision.by, { reason: decision.reason });
    if (to === 'pending') this.#turns.take(row);
    else this.#turns.leave(row);
    return { kind: 'recorded', record: this.#show(row) };
  }

  async nextInTurn(id: string, limit: number): Promise<readonly InTurn[]> {
    const line = this.#turns.line(this.#get(id)).slice(0, limit);
    return line.map(({ submission }) => ({ id: submission.id, action: submission.action }));
  }

  async replay(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#again(id, 'replay', token, decision);
  }

  async rerun(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#again(id, 'rerun', token, decision);
  }

  async note(id: string, { event, attempt, actor, detail }: Parameters<Ledger['note']>[1]): Promise<void> {
    this.#get(id).history.push({ at: new Date(this.#now()), event, attempt, actor, detail: { ...detail } });
  }

  async endsOf(): Promise<ReadonlyMap<string, TransactionEnd>> {
    return new Map();
  }

  async find(id: string): Promise<IntentRecord | null> {
    const row = this.#row(id);
    return row === undefined ? null : this.#show(row);
  }

  async findMany(ids: readonly string[]): Promise<ReadonlyMap<string, IntentRecord>> {
    const rows = ids.map((id) => [id, this.#row(id)] as const);
    return new Map(rows.flatMap(([id, row]) => (row === undefined ? [] : [[id, this.#show(row)] as const])));
  }

  async story(id: string): Promise<HistoryEntry[]> {
    const row = this.#row(id);
    if (row === undefined) return [];
    const { submission, claimedAt, told } = row;
    const at = claimedAt === null ? null : new Date(claimedAt);
    return storyOf(
      { record: this.#show(row), submittedBy: submission.submittedBy, claimedAt: at, told },
      row.history,
    );
  }

  async superseded(id: string): Promise<Superseded[]> {
    const { purged = false, superseded = [] } = this.#row(id) ?? {};
    const erased = { result: null, externalId: null, externalUrl: null };
    return superseded.map((ending) => (purged ? { ...ending, ...erased } : ending));
  }

  async open(...[action, after, limit]: Parameters<Ledger['open']>): ReturnType<Ledger['open']> {
    const rows = openRows(this.#rows.values(), action, after, limit);
    const last = rows.at(-1);
    const now = this.#now();
    return {
      intents: rows.map((row) => ({ ...this.#show(row), ageMs: now - row.createdAt })),
      next: last !== undefined && rows.length === limit ? String(last.place) : null,
    };
  }

  async search(...[query]: Parameters<LedgerSearch['search']>): ReturnType<LedgerSearch['search']> {
    const show = (row: MemoryRow) => this.#show(row);
    return searchRows({ rows: this.#rows.values(), rowOf: (id) => this.#row(id), show }, query);
  }

  async oldestPending(): ReturnType<LedgerSearch['oldestPending']> {
    return oldestPendingRows(this.#rows.values(), this.#now());
  }

  async counts(...[query = {}]: Parameters<LedgerSearch['counts']>): ReturnType<LedgerSearch['counts']> {
    return countRows(this.#rows.values(), query);
  }

  async purge(action: string, limit: number): Promise<number> {
    const rows = purgeableRows(this.#rows.values(), action, this.#now()).slice(0, limit);
    for (const row of rows) row.purged = true;
    return rows.length;
  }

  async exclusively(name: string, body: () => Promise<void>): Promise<boolean> {
    if (this.#exclusive.has(name)) return false;
    this.#exclusive.add(name);
    try {
      await body();
    } finally {
      this.#exclusive.delete(name);
    }
    return true;
  }

  async close(): Promise<void> {}

  #row(id: string): MemoryRow | undefined {
    return this.#rows.get(this.#aliases.get(id) ?? id);
  }

  #get(id: string): MemoryRow {
    const row = this.#row(id);
    if (row === undefined) throw new IntentUnknown(id);
    return row;
  }

  #show(row: MemoryRow): IntentRecord {
    return recordOf(row, this.#now(), this.#turns.turnOf(row));
  }

  #found(row: MemoryRow, wish: ClaimWish): Claimed {
    const ours = row.state === 'claimed' && row.claimant === wish.claimant;
    return { kind: ours ? 'claimed' : 'found', record: this.#show(row) };
  }

  #take(row: MemoryRow, wish: ClaimWish): Claimed {
    claimRow(row, wish, this.#now());
    return { kind: 'claimed', record: this.#show(row) };
  }

  #again(id: string, step: 'replay' | 'rerun', token: number, decision: Decision): Recorded {
    const row = this.#get(id);
    const done = performAgain(row, step, token, decision, this.#now());
    if (done) this.#turns.take(row);
    return { kind: done ? 'recorded' : 'stale', record: this.#show(row) };
  }

  #end(id: string, token: number, ending: Ending, how: HowEnded): Recorded {
    const row = this.#get(id);
    if (endRow(row, token, ending, how, this.#now())) return this.#recorded(row);
    const ours = how.decision === undefined && isEndedBy(this.#show(row), token, ending);
    return { kind: ours ? 'recorded' : 'stale', record: this.#show(row) };
  }

  #recorded(row: MemoryRow): Recorded {
    if (isFinal(row.state)) this.#turns.leave(row);
    return { kind: 'recorded', record: this.#show(row) };
  }
}
