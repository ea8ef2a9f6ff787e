import type { IntentSummary, Ledger, LedgerSearch, SearchQuery, State } from '@latchkey/core';
import { isFinal } from '@latchkey/core';

/** What happened to an intent since somebody looked last; `from` is `null` where it is new. */
export interface Change {
  readonly from: State | null;
  readonly intent: IntentSummary;
}

/** What a look found; `left` says that more happened than it can look at. */
export interface Look {
  readonly changes: readonly Change[];
  readonly left: boolean;
}

/** The parts of a ledger that following needs. */
export type Followed = LedgerSearch & Pick<Ledger, 'findMany'>;

/** Intents on a page, and pages of new ones that one look reads at most. */
const PAGE = 500;
const PAGES = 20;
/** Finished intents that are remembered, so that none is told twice. */
const REMEMBERED = 20_000;
const UNFINISHED: readonly State[] = ['awaiting_approval', 'pending', 'claimed', 'in_doubt'];

interface Seen {
  readonly state: State;
  readonly token: number;
}

/**
 * Follows what happens to intents by looking again and again: at the newest ones, at the unfinished ones, and at those
 * that were unfinished before. States that come and go between two looks aren't seen.
 */
export class FollowedIntents {
  readonly #ledger: Followed;
  readonly #query: SearchQuery;
  readonly #seen = new Map<string, Seen>();
  /** Where new ones begin: the time of the newest intent that the first look found. */
  #since: Date | undefined;

  constructor(ledger: Followed, query: Pick<SearchQuery, 'action' | 'scope' | 'entity'>) {
    this.#ledger = ledger;
    this.#query = query;
  }

  /** Remembers what is there; only what happens from now on is told. */
  async start(): Promise<void> {
    const { intents } = await this.#ledger.search({ ...this.#query, limit: PAGE });
    const unfinished = await this.#ledger.search({ ...this.#query, states: UNFINISHED, limit: PAGE });
    for (const intent of [...intents, ...unfinished.intents]) this.#remember(intent);
    this.#since = intents[0]?.createdAt;
  }

  /** Looks once; answers what happened since the last look, in the order of submission. */
  async look(): Promise<Look> {
    const before = [...this.#seen].filter(([, { state }]) => !isFinal(state)).map(([id]) => id);
    const fresh = await this.#newest();
    const { intents: unfinished } = await this.#ledger.search({
      ...this.#query,
      states: UNFINISHED,
      limit: PAGE,
    });
    const found = new Map([...unfinished, ...fresh.intents].map((intent) => [intent.id, intent]));
    const rest = before.filter((id) => !found.has(id));
    for (const [id, record] of await this.#ledger.findMany(rest)) found.set(id, { ...record, entity: null });
    const changes = [...found.values()].flatMap((intent) => this.#changeOf(intent));
    this.#forget();
    return { changes: changes.sort(bySubmission), left: fresh.left };
  }

  /** Reads new intents, until a page brings none that wasn't seen. */
  async #newest(): Promise<{ intents: IntentSummary[]; left: boolean }> {
    const all: IntentSummary[] = [];
    let after: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const { intents, next } = await this.#ledger.search({
        ...this.#query,
        from: this.#since,
        after,
        limit: PAGE,
      });
      all.push(...intents);
      if (next === null || intents.every(({ id }) => this.#seen.has(id)))
        return { intents: all, left: false };
      after = next;
    }
    return { intents: all, left: true };
  }

  #changeOf(intent: IntentSummary): Change[] {
    const seen = this.#seen.get(intent.id);
    this.#remember(intent);
    if (seen !== undefined && seen.state === intent.state && seen.token === intent.token) return [];
    return [{ from: seen?.state ?? null, intent }];
  }

  #remember({ id, state, token }: IntentSummary): void {
    this.#seen.delete(id); // the latest comes last
    this.#seen.set(id, { state, token });
  }

  /** Forgets finished ones, those that changed the longest ago first. */
  #forget(): void {
    for (const [id, { state }] of this.#seen) {
      if (this.#seen.size <= REMEMBERED) return;
      if (isFinal(state)) this.#seen.delete(id);
    }
  }
}

function bySubmission(a: Change, b: Change): number {
  return a.intent.createdAt.getTime() - b.intent.createdAt.getTime();
}
