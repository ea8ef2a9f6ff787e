import {
  type Answer,
  answerOf,
  type CountQuery,
  type Decision,
  type HistoryEntry,
  type IntentRecord,
  IntentUnknown,
  NotLegal,
  type SearchPage,
  type SearchQuery,
  type StateCount,
  type Superseded,
} from '@latchkey/core';
import { callJob, ensureJob, wakeNext } from '../queue/dispatch.ts';
import type { JobQueue } from '../queue/queue-backend.ts';
import type { Runtime } from '../runtime.ts';

/** An intent with its whole story. */
export interface FoundIntent {
  readonly record: IntentRecord;
  readonly answer: Answer;
  readonly story: readonly HistoryEntry[];
  /** How its earlier generations ended; empty where it was never rerun. */
  readonly superseded: readonly Superseded[];
}

/** A person's wish to have a succeeded intent performed once more. */
export interface Rerun extends Decision {
  /** `attempt` of the answer that they saw (`find(id)` shows it): whoever saw an older one is refused. */
  readonly attempt: number;
}

/** A decision about what an attempt came to. */
export interface AboutAttempt extends Decision {
  /** Number of the last attempt that the person saw; refused after a later one. Default: the last there is. */
  readonly attempt?: number;
}

/** What a person decides about a doubt. */
export interface Resolution extends AboutAttempt {
  readonly as: 'succeeded' | 'failed' | 'not-performed';
  /** Result to answer with, for `succeeded`; default `null`. */
  readonly result?: unknown;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a person may ask and decide about intents. */
export class Operator {
  readonly #runtime: Runtime;
  readonly #queue: JobQueue;

  constructor(runtime: Runtime, queue: JobQueue) {
    this.#runtime = runtime;
    this.#queue = queue;
  }

  /** Finds an intent and its story by id; `null` where the ledger has none. */
  async find(id: string): Promise<FoundIntent | null> {
    const record = await this.#record(id);
    if (record === null) return null;
    const { ledger } = this.#runtime;
    const [story, superseded] = await Promise.all([ledger.story(record.id), ledger.superseded(record.id)]);
    return { record, answer: answerOf(record, { replayed: true }), story, superseded };
  }

  /**
   * Finds intents, the newest first, page by page.
   *
   * @throws {InvalidQuery} naming what in the query can't be, or when it took too long.
   * @example
   * const { intents, next } = await client.search({ states: ['in_doubt', 'awaiting_approval'] });
   */
  search(query: SearchQuery): Promise<SearchPage> {
    return this.#runtime.ledger.search(query);
  }

  /** Counts intents by state, all actions together unless asked otherwise. */
  counts(query: CountQuery = {}): Promise<readonly StateCount[]> {
    return this.#runtime.ledger.counts(query);
  }

  /**
   * Performs a failed intent again, under the same key: surely nothing has happened yet.
   *
   * @throws {NotLegal} for an intent that isn't `failed`.
   */
  async replay(id: string, { attempt, ...decision }: AboutAttempt): Promise<void> {
    const { id: canonical, token } = await this.#get(id);
    const { kind, record: now } = await this.#runtime.ledger.replay(canonical, attempt ?? token, decision);
    if (kind === 'stale') throw tooLate(now, attempt, 'only a failed one can be replayed');
    await this.#runtime.signals.decision('replay', now, () => ensureJob(this.#queue, now));
  }

  /**
   * Has a succeeded intent performed once more: its effect happens a SECOND time. It keeps id and key, and becomes a new
   * generation, whose answer every later delivery gets; how the old one ended is kept with the reason.
   *
   * `replay` never does this. Of two people who ask at once, one is refused, and so is who asks about an older answer.
   *
   * @throws {NotLegal} for an intent that isn't `succeeded`, past its replay window, or that changed since it was seen.
   */
  async rerun(id: string, { attempt, ...decision }: Rerun): Promise<void> {
    const { id: canonical } = await this.#get(id);
    const { kind, record } = await this.#runtime.ledger.rerun(canonical, attempt, decision);
    if (kind === 'stale')
      throw new NotLegal(`can't rerun intent ${record.key || id}: ${whyNoRerun(record, attempt)}`);
    await callJob(this.#queue, record);
  }

  /**
   * Settles a doubt by a person's word: it happened, it must not happen any more, or it did not happen and may.
   *
   * `not-performed` lets it be performed again; if the earlier worker is only paused, it may still send.
   *
   * @throws {NotLegal} for an intent that isn't in doubt (any more).
   */
  async resolve(id: string, { as, result, attempt, ...decision }: Resolution): Promise<void> {
    const record = await this.#get(id);
    const error = record.error ?? { code: 'AMBIGUOUS' as const, message: 'in doubt' };
    const ending =
      as === 'succeeded'
        ? ({
            state: 'succeeded',
            result: JSON.stringify(result ?? null),
            externalId: null,
            externalUrl: null,
          } as const)
        : as === 'failed'
          ? ({ state: 'failed', error } as const)
          : ({ state: 'pending', error, dueInMs: 0 } as const);
    const { kind, record: now } = await this.#runtime.ledger.settle(
      record.id,
      attempt ?? record.token,
      ending,
      {
        ...decision,
        vouched: true,
      },
    );
    if (kind === 'stale') throw tooLate(now, attempt, 'only one in doubt can be resolved');
    await this.#runtime.signals.decision('resolve', now, async () => {
      if (as === 'not-performed') await ensureJob(this.#queue, now);
      else await wakeNext(this.#runtime.ledger, this.#queue, now.id);
    });
  }

  /**
   * Lets an intent act that waits for approval.
   *
   * @param approval `fingerprint` as the reviewer saw it (`find(id)` shows it): the approval is bound to it
   * @throws {NotLegal} when somebody decided before, the time is over, or it isn't what the reviewer saw.
   */
  async approve(id: string, approval: Decision & { fingerprint: string }): Promise<void> {
    await this.#decide(id, 'approve', approval);
  }

  /** Ends an intent that waits for approval as `rejected`. Throws as `approve` does. */
  async reject(id: string, rejection: Decision & { fingerprint?: string }): Promise<void> {
    await this.#decide(id, 'reject', rejection);
  }

  /**
   * Withdraws an intent that no worker has claimed.
   *
   * @throws {NotLegal} once it was claimed: what may have reached the remote can't be called off; and where a `fingerprint` is
   * given that isn't the intent's.
   */
  async cancel(id: string, decision: Decision & { fingerprint?: string }): Promise<void> {
    await this.#decide(id, 'cancel', decision);
  }

  async #decide(
    id: string,
    verdict: 'approve' | 'reject' | 'cancel',
    decision: Decision & { fingerprint?: string },
  ): Promise<void> {
    const { id: canonical, fingerprint } = await this.#get(id);
    const { kind, record } = await this.#runtime.ledger.decide(canonical, verdict, decision);
    if (kind === 'stale') {
      const why = whyNot(record, decision.fingerprint !== undefined && decision.fingerprint !== fingerprint);
      throw new NotLegal(`can't ${verdict} intent ${record.key}: ${why}`);
    }
    await this.#runtime.signals.decision(verdict, record, async () => {
      if (verdict === 'approve') await ensureJob(this.#queue, record);
      await wakeNext(this.#runtime.ledger, this.#queue, record.id);
    });
  }

  async #get(id: string): Promise<IntentRecord> {
    const record = await this.#record(id);
    if (record === null) throw new IntentUnknown(id);
    return record;
  }

  /** What isn't a UUID names no intent, and PostgreSQL would refuse it. */
  async #record(id: string): Promise<IntentRecord | null> {
    return UUID.test(id) ? this.#runtime.ledger.find(id) : null;
  }
}

/** Says why an intent isn't performed once more. */
function whyNoRerun({ purged, state, token }: IntentRecord, attempt: number): string {
  if (purged) return 'its replay window is over, and its input is gone';
  if (state === 'failed') return 'it failed, so that `replay` performs it, without a second effect';
  if (state === 'in_doubt') return 'it may have had its effect; resolve the doubt first';
  if (state !== 'succeeded') return `it is ${state}; only one that succeeded can be rerun`;
  return `you saw attempt ${attempt}, and its answer is of attempt ${token} by now; look again`;
}

/** Says that an intent moved on before a person's word about one of its attempts came. */
function tooLate({ key, state, token }: IntentRecord, attempt: number | undefined, rule: string): NotLegal {
  const isAnother = attempt !== undefined && attempt !== token;
  return new NotLegal(
    isAnother
      ? `intent ${key} is at attempt ${token} by now, and you saw attempt ${attempt}; look again`
      : `intent ${key} is ${state}; ${rule}`,
  );
}

/** Says why a verdict came too late, or was about something else. */
function whyNot(record: IntentRecord, changed: boolean): string {
  if (changed) return 'its content is not what the reviewer saw; look again';
  if (record.state === 'awaiting_approval') return 'its time for approval is over';
  if (record.state === 'pending') return 'it needs no approval any more, or may have reached the remote';
  return `it is ${record.state} by now`;
}
