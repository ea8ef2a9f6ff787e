import { type IntentRecord, isFinal } from '@latchkey/core';
import type { Watched } from './watch.ts';

/** Keeps the rules of what intents share: one of an entity acts at a time, in order, and no version goes back. */
export class WatchEntities {
  readonly #all: readonly Watched[];
  readonly #blame: (text: string) => void;
  /** Places in the order in which intents were allowed to act, by id. */
  readonly #places = new Map<string, number>();
  #count = 0;
  #applied: { readonly version: number; readonly name: string } | null = null;

  constructor(all: readonly Watched[], blame: (text: string) => void) {
    this.#all = all.filter(({ plan }) => plan.action.entity !== null);
    this.#blame = blame;
  }

  /** Takes note of a changed row. */
  changed(watched: Watched, before: IntentRecord | null, row: IntentRecord): void {
    if (watched.plan.action.entity === null) return;
    const allowed = before === null || ['awaiting_approval', 'failed', 'succeeded'].includes(before.state);
    if (allowed && (row.state === 'pending' || row.state === 'claimed')) {
      this.#count += 1;
      this.#places.set(watched.id, this.#count);
    }
    if (row.state === 'claimed' && row.token > (before?.token ?? 0)) this.#claimed(watched);
    if (row.state === 'succeeded' && before?.state !== 'succeeded') this.#succeeded(watched);
  }

  #claimed({ id, plan }: Watched): void {
    const place = this.#places.get(id) ?? 0;
    for (const { id: otherId, plan: other, row } of this.#all) {
      if (otherId === id || row === null || isFinal(row.state)) continue;
      if (row.state === 'claimed' || row.state === 'in_doubt')
        this.#blame(`${plan.name} was claimed while ${other.name} of the same entity was ${row.state}`);
      if ((this.#places.get(otherId) ?? place) < place)
        this.#blame(`${plan.name} was claimed before ${other.name}, whose turn comes first`);
    }
  }

  #succeeded({ plan }: Watched): void {
    if (plan.version === null) return;
    const last = this.#applied;
    if (last !== null && last.version > plan.version) {
      this.#blame(
        `${plan.name} (version ${plan.version}) succeeded after ${last.name} (version ${last.version})`,
      );
    }
    this.#applied = { version: plan.version, name: plan.name };
  }
}
