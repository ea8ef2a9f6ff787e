import type { Transaction } from 'kysely';
import type {
  CallersTransaction,
  Claimed,
  ClaimWish,
  Decision,
  Ending,
  InTurn,
  Ledger,
  OpenIntent,
  Recorded,
  Submission,
  Submitted,
  Succeeded,
  SweepCursor,
  Transacted,
  TransactionEnd,
  Verdict,
} from '../ledger/ledger.ts';
import type { HistoryEntry, IntentRecord } from '../ledger/record.ts';
import type {
  CountQuery,
  LedgerSearch,
  OldestPending,
  SearchPage,
  SearchQuery,
  StateCount,
} from '../ledger/search.ts';
import type { Superseded } from '../ledger/superseded.ts';
import type { KeyRing } from './key-ring.ts';
import { openDetail, openRecord, openSummary, openSuperseded, sealEnding, sealSubmission } from './seal.ts';

/**
 * A ledger whose encrypted intents are readable on this side and sealed on the other: what isn't encrypted passes as it
 * is. What can't be read here says so in `unreadable`; nothing is performed on it.
 */
export class SealingLedger implements Ledger, LedgerSearch {
  readonly #inner: Ledger & LedgerSearch;
  readonly #ring: KeyRing;

  constructor(inner: Ledger & LedgerSearch, ring: KeyRing) {
    this.#inner = inner;
    this.#ring = ring;
  }

  submit(submission: Submission, tx?: CallersTransaction): Promise<Submitted> {
    return this.#inner.submit(sealSubmission(this.#ring, submission), tx).then(this.#opened);
  }

  admit(submission: Submission, wish: ClaimWish): Promise<Claimed> {
    return this.#inner.admit(sealSubmission(this.#ring, submission), wish).then(this.#claimed);
  }

  claim(wish: ClaimWish): Promise<Claimed> {
    return this.#inner.claim(wish).then(this.#claimed);
  }

  async takeOver(wish: ClaimWish, token: number): Promise<Claimed> {
    return this.#claimed(await this.#inner.takeOver(wish, token));
  }

  renew(id: string, token: number, leaseMs: number): Promise<boolean> {
    return this.#inner.renew(id, token, leaseMs);
  }

  record(held: IntentRecord, ending: Ending): Promise<Recorded> {
    return this.#inner.record(held, sealEnding(this.#ring, held, ending)).then(this.#opened);
  }

  async transact(
    held: IntentRecord,
    deadlineMs: number,
    perform: (tx: Transaction<unknown>) => Promise<Succeeded>,
  ): Promise<Transacted> {
    const done = await this.#inner.transact(held, deadlineMs, async (tx) =>
      sealEnding(this.#ring, held, await perform(tx)),
    );
    return done.kind === 'threw' ? done : this.#opened(done);
  }

  /** What is written here is about the lease, never about the input, so that it stays readable. */
  async expireLease(
    id: string,
    token: number,
    ending: Ending & { state: 'in_doubt' | 'failed' },
  ): Promise<Recorded> {
    return this.#opened(await this.#inner.expireLease(id, token, ending));
  }

  async settle(id: string, token: number, ending: Ending, decision: Decision): Promise<Recorded> {
    const held = await this.find(id); // rare, so that one more look costs little
    if (held?.encrypted === undefined)
      return this.#opened(await this.#inner.settle(id, token, ending, decision));
    // what the remote said may repeat the input; what a person says is for others to read
    const bySomeRemote = decision.by === 'reconcile' && held.unreadable === undefined;
    const reason = bySomeRemote ? this.#ring.seal(decision.reason, `${id} error`) : decision.reason;
    const sealed = sealEnding(this.#ring, held, ending);
    return this.#opened(await this.#inner.settle(id, token, sealed, { ...decision, reason }));
  }

  async decide(
    id: string,
    verdict: Verdict,
    decision: Decision & { fingerprint?: string },
  ): Promise<Recorded> {
    return this.#opened(await this.#inner.decide(id, verdict, decision));
  }

  nextInTurn(id: string, limit: number): Promise<readonly InTurn[]> {
    return this.#inner.nextInTurn(id, limit);
  }

  async replay(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#opened(await this.#inner.replay(id, token, decision));
  }

  async rerun(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#opened(await this.#inner.rerun(id, token, decision));
  }

  async superseded(id: string): Promise<Superseded[]> {
    return (await this.#inner.superseded(id)).map((earlier) => openSuperseded(this.#ring, id, earlier));
  }

  async note(id: string, entry: Parameters<Ledger['note']>[1]): Promise<void> {
    const detail = entry.detail as { error?: { message: string } } | undefined;
    if (detail?.error === undefined || (await this.find(id))?.encrypted === undefined)
      return this.#inner.note(id, entry);
    const message = this.#ring.seal(detail.error.message, `${id} error`);
    return this.#inner.note(id, { ...entry, detail: { ...detail, error: { ...detail.error, message } } });
  }

  endsOf(transactions: readonly string[]): Promise<ReadonlyMap<string, TransactionEnd>> {
    return this.#inner.endsOf(transactions);
  }

  async find(id: string): Promise<IntentRecord | null> {
    const record = await this.#inner.find(id);
    return record === null ? null : openRecord(this.#ring, record);
  }

  async findMany(ids: readonly string[]): Promise<ReadonlyMap<string, IntentRecord>> {
    const found = await this.#inner.findMany(ids);
    return new Map([...found].map(([id, record]) => [id, openRecord(this.#ring, record)]));
  }

  async story(id: string): Promise<HistoryEntry[]> {
    return (await this.#inner.story(id)).map((entry) => ({
      ...entry,
      detail: openDetail(this.#ring, id, entry.detail),
    }));
  }

  open(
    action: string,
    after: SweepCursor | null,
    limit: number,
  ): Promise<{ intents: OpenIntent[]; next: SweepCursor | null }> {
    return this.#inner.open(action, after, limit);
  }

  async search(query: SearchQuery): Promise<SearchPage> {
    const { intents, next } = await this.#inner.search(query);
    return { intents: intents.map((summary) => openSummary(this.#ring, summary)), next };
  }

  counts(query?: CountQuery): Promise<readonly StateCount[]> {
    return this.#inner.counts(query);
  }

  oldestPending(): Promise<readonly OldestPending[]> {
    return this.#inner.oldestPending();
  }

  purge(action: string, limit: number): Promise<number> {
    return this.#inner.purge(action, limit);
  }

  exclusively(name: string, body: () => Promise<void>): Promise<boolean> {
    return this.#inner.exclusively(name, body);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  readonly #opened = <T extends { readonly record: IntentRecord }>(answer: T): T => {
    const record = openRecord(this.#ring, answer.record);
    return record === answer.record ? answer : { ...answer, record };
  };

  readonly #claimed = (claimed: Claimed): Claimed =>
    claimed.kind === 'missing' ? claimed : this.#opened(claimed);
}
