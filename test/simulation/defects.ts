import {
  type Claimed,
  type ClaimWish,
  type Decision,
  type Ending,
  type IntentRecord,
  isFinal,
  type OpenIntent,
  type Recorded,
} from '@latchkey/core';
import { MemoryLedger } from '../../packages/core/src/ledger/memory/memory-ledger.ts';
import type { Settings } from './simulate.ts';
import { actionOf, TIMES, worldOf } from './worlds.ts';

/** A deliberate mistake, and where it is looked for. */
export interface Defect {
  readonly name: string;
  readonly what: string;
  readonly world: string;
  readonly settings: Settings;
  /** What a story that shows it says. */
  readonly shows: RegExp;
}

/** Whoever holds a claim may end it, whichever attempt it was: the token isn't compared. */
class Unfenced extends MemoryLedger {
  override async record(held: IntentRecord, ending: Ending): Promise<Recorded> {
    const current = await this.find(held.id);
    return super.record({ ...held, token: current?.token ?? held.token }, ending);
  }

  override async renew(id: string, token: number, leaseMs: number): Promise<boolean> {
    const current = await this.find(id);
    return super.renew(id, current?.token ?? token, leaseMs);
  }
}

/** Shows some rows otherwise than they are: a base for mistakes that the rules themselves would refuse. */
class Misled extends MemoryLedger {
  protected readonly changed: Map<string, Partial<IntentRecord>> = new Map();

  override async find(id: string): Promise<IntentRecord | null> {
    const record = await super.find(id);
    return record === null ? null : this.#mislead(record);
  }

  override async claim(wish: ClaimWish): Promise<Claimed> {
    const record = this.changed.has(wish.id) ? await this.find(wish.id) : null;
    return record === null ? super.claim(wish) : { kind: 'found', record };
  }

  override async open(
    ...page: Parameters<MemoryLedger['open']>
  ): Promise<{ intents: OpenIntent[]; next: string | null }> {
    const { intents, next } = await super.open(...page);
    return { intents: intents.filter(({ id }) => !this.changed.has(id)), next };
  }

  #mislead(record: IntentRecord): IntentRecord {
    return { ...record, ...this.changed.get(record.id) };
  }
}

/** An outcome is written whatever the row has become meanwhile. */
class Unconditional extends Misled {
  override async record(held: IntentRecord, ending: Ending): Promise<Recorded> {
    const recorded = await super.record(held, ending);
    if (recorded.kind === 'recorded' || !isFinal(ending.state)) return recorded;
    const error = 'error' in ending ? ending.error : null;
    const { result, externalId } = ending.state === 'succeeded' ? ending : { result: null, externalId: null };
    this.changed.set(held.id, { state: ending.state, error, result, externalId });
    return { kind: 'recorded', record: { ...recorded.record, ...this.changed.get(held.id) } };
  }
}

/** What is older than its replay window is cleaned up, finished or not. */
class PurgesAll extends Misled {
  override async purge(action: string, limit: number): Promise<number> {
    const { intents } = await this.open(action, null, limit);
    const old = intents.filter(({ ageMs }) => ageMs > TIMES.replayWindowMs);
    for (const { id } of old) this.changed.set(id, { purged: true });
    return old.length + (await super.purge(action, limit));
  }
}

/** An approval lets the intent act, whatever the reviewer saw. */
class Unbound extends MemoryLedger {
  override async decide(
    id: string,
    verdict: Parameters<MemoryLedger['decide']>[1],
    { fingerprint: _seen, ...decision }: Decision & { fingerprint?: string },
  ): Promise<Recorded> {
    return super.decide(id, verdict, decision);
  }
}

/** Deliberate mistakes that the simulation has to find, each in the world where it can matter. */
export const DEFECTS: readonly Defect[] = [
  {
    name: 'unfenced',
    what: 'no fencing: the token is not compared',
    world: 'idempotent',
    settings: { ledger: (now) => new Unfenced(now) },
    shows: /stale token|as the first|was claimed/,
  },
  {
    name: 'taken-over',
    what: 'take-over of an effect that is at most once',
    world: 'at-most-once',
    // said to be idempotent, so that the core repeats it, though its remote knows no keys
    settings: { world: worldOf('at-most-once', actionOf('idempotent'), { remotes: 'atMostOnce' }) },
    shows: /took effect 2 times/,
  },
  {
    name: 'performed-when-absent',
    what: 'performed again when the remote says "absent"',
    world: 'perform-when-absent',
    settings: { excusing: false },
    shows: /took effect 2 times/,
  },
  {
    name: 'unconditional',
    what: 'a record that is not conditional',
    world: 'reconcilable',
    settings: { ledger: (now) => new Unconditional(now) },
    shows: /stale token|made it|from succeeded to succeeded/,
  },
  {
    name: 'purged',
    what: 'clean-up of unfinished intents',
    world: 'at-most-once',
    settings: { ledger: (now) => new PurgesAll(now) },
    shows: /was purged while/,
  },
  {
    name: 'unbound',
    what: 'an approval that is not bound to what was seen',
    world: 'approval',
    settings: { ledger: (now) => new Unbound(now) },
    shows: /nobody approved/,
  },
];
