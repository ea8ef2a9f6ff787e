import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NotLegal } from '@latchkey/core';
import type { Client, FoundIntent } from '@latchkey/worker';
import { businessKey } from '../../packages/examples/src/remotes/business-key.ts';
import type { RecordedEffect } from '../../packages/examples/src/remotes/effect-recorder.ts';
import type { Crew } from './crew.ts';
import type { Ground } from './ground.ts';
import { SERIAL } from './soak-actions.ts';

/** How long a remote must have been well, and the worker gone, before what the remote says is believed; milliseconds. */
const CALM_MS = 10_000;
/** Pause between two looks at the ledger, in milliseconds. */
const LOOK_MS = 1_500;

/** What people did, and what went wrong with it. */
export interface Deeds {
  approved: number;
  rejected: number;
  cancelled: number;
  replayed: number;
  resolved: Record<'succeeded' | 'failed' | 'not-performed', number>;
  readonly wrong: string[];
}

interface Waiting {
  readonly id: string;
  readonly action: string;
  readonly state: string;
  readonly fingerprint: string;
  readonly case_id: string;
}

/** The approver and the operator of one backend. */
export class People {
  readonly deeds: Deeds = {
    approved: 0,
    rejected: 0,
    cancelled: 0,
    replayed: 0,
    resolved: { succeeded: 0, failed: 0, 'not-performed': 0 },
    wrong: [],
  };
  readonly #ground: Ground;
  readonly #crew: Crew;
  readonly #client: Client;
  /** Decided, or left alone for good. */
  readonly #seen = new Set<string>();

  constructor(ground: Ground, crew: Crew, client: Client) {
    this.#ground = ground;
    this.#crew = crew;
    this.#client = client;
  }

  /** Decides, replays and resolves until `signal` aborts. */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // the database is crashed now and then: people look again
      await this.lookOnce().catch(() => undefined);
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks at all that waits for somebody, once. */
  async lookOnce(): Promise<void> {
    const { rows } = await this.#ground.pool.query<Waiting>(
      `select id, action, state, fingerprint, input::json ->> 'caseId' as case_id from latchkey.intent
       where state = 'awaiting_approval' and created_at < now() - interval '1 second'
         or state = 'failed' and error not like '%"STALE"%'
         or state = 'in_doubt' and (due_at is null or asked > 0)`,
    );
    for (const row of rows) {
      if (row.state === 'awaiting_approval') await this.#decide(row);
      else if (row.state === 'failed') await this.#replay(row);
      else await this.#resolve(row);
    }
  }

  async #decide({ id, fingerprint }: Waiting): Promise<void> {
    if (this.#seen.has(`decided ${id}`)) return;
    this.#seen.add(`decided ${id}`);
    const dice = draw(id, 'decide');
    const word = { by: 'approver', reason: 'soak' };
    const approve = () => this.#client.approve(id, { ...word, fingerprint });
    const reject = () => this.#client.reject(id, { ...word, fingerprint });
    if (dice < 0.1) return; // left until its time is over
    if (dice < 0.2) {
      const both = await Promise.allSettled([approve(), reject()]);
      if (both.every(({ status }) => status === 'fulfilled'))
        this.deeds.wrong.push(`${id}: both verdicts won`);
      if (both[0].status === 'fulfilled') this.deeds.approved += 1;
      else if (both[1].status === 'fulfilled') this.deeds.rejected += 1;
    } else if (dice < 0.27) this.deeds.cancelled += await done(this.#client.cancel(id, word));
    else if (dice < 0.37) this.deeds.rejected += await done(reject());
    else this.deeds.approved += await done(approve());
  }

  /** A failed intent surely had no effect. One on a serial account would leave its place, so it stays. */
  async #replay({ id, action }: Waiting): Promise<void> {
    if (this.#seen.has(`replayed ${id}`) || action === SERIAL || draw(id, 'replay') < 0.4) return;
    this.#seen.add(`replayed ${id}`);
    this.deeds.replayed += await done(this.#client.replay(id, { by: 'operator', reason: 'soak' }));
  }

  /**
   * Settles a doubt after looking at the remote. That something is there is proof at any time; that nothing is there proves
   * something only where whoever held the intent is gone, and the remote has long been well: nothing is on its way then.
   */
  async #resolve(row: Waiting): Promise<void> {
    const { id } = row;
    if (this.#seen.has(`resolved ${id}`) || draw(id, 'look') < 0.3) return; // some are held until the end
    const found = await this.#client.find(id);
    if (found === null || found.record.state !== 'in_doubt') return;
    const isCalm = this.#isCalm(found);
    const effect = await this.#look(row);
    if (effect === undefined) return;
    if (effect === null && !isCalm) return;
    const as = effect !== null ? 'succeeded' : draw(id, 'resolve') < 0.7 ? 'not-performed' : 'failed';
    const result = effect === null ? {} : { result: { effectId: effect.effectId } };
    this.#seen.add(`resolved ${id}`);
    const word = { by: 'operator', reason: 'looked at the remote', as, ...result } as const;
    this.deeds.resolved[as] += await done(this.#client.resolve(id, word));
  }

  #isCalm({ record, story }: FoundIntent): boolean {
    const since = Date.now() - CALM_MS;
    if (this.#ground.troubledAt > since) return false;
    const acted = story.filter(({ event }) => event !== 'answered' && event !== 'key_warning');
    const actors = [record.claimant, ...acted.map(({ actor }) => actor)];
    const workers = actors
      .map((actor) => actor?.split('/')[0] ?? '')
      .filter((name) => /^(w\d|elder)\.\d+$/.test(name));
    return workers.length > 0 && workers.every((name) => (this.#crew.goneAt(name) ?? Infinity) < since);
  }

  /** Asks the remote itself, under the business fields; `null`: nothing is there; `undefined`: not known. */
  async #look({ action, case_id }: Waiting): Promise<RecordedEffect | null | undefined> {
    const { recorderUrl, keyedUrl } = this.#ground.directRemotes;
    const isPlain = action === 'message.send' || action === 'page.publish';
    if (!isPlain && action !== 'ticket.open' && action !== 'refund.pay') return undefined; // the ledger's own database
    const query = new URLSearchParams({ action, key: case_id });
    const response = await fetch(`${isPlain ? recorderUrl : keyedUrl}/effects?${query}`);
    if (!response.ok) return undefined;
    const { effects } = (await response.json()) as { effects: RecordedEffect[] };
    return effects[0] ?? null;
  }
}

/** Somebody else, or time, may have been first. */
async function done(decision: Promise<void>): Promise<0 | 1> {
  try {
    await decision;
    return 1;
  } catch (error) {
    if (error instanceof NotLegal) return 0;
    throw error;
  }
}

/** The same for the same intent in every run: 0 ≤ n < 1. */
function draw(id: string, what: string): number {
  return hash('sha256', `${what} ${id}`, 'buffer').readUInt32BE(0) / 2 ** 32;
}

/** Name of an effect by its business fields alone, as the recorders' logs have it. */
export function businessOf(action: string, caseId: string): string {
  return businessKey('record', { action, key: caseId });
}
