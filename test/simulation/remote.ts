import type { Performed, Reconciled } from '@latchkey/core';
import type { Scheduler } from './scheduler.ts';
import type { Effect, WatchEffects } from './watch-effects.ts';
import { TIMES, type World } from './worlds.ts';

/** A request as it arrives at a remote. */
export type Request = Omit<Effect, 'accepted'>;

interface Key {
  readonly performed: Performed;
  readonly at: number;
}

/** The outside world: one remote for each kind of effect, that does what its kind says and no more. */
export class Remote {
  readonly #scheduler: Scheduler;
  readonly #world: World;
  readonly #effects: WatchEffects;
  readonly #keys = new Map<string, Key>();
  #count = 0;

  constructor(world: World, scheduler: Scheduler, effects: WatchEffects) {
    this.#scheduler = scheduler;
    this.#world = world;
    this.#effects = effects;
  }

  /** A request arrives: it has its effect, or is dropped by its key. */
  arrive(request: Request): Performed {
    return this.#once(request, () => this.#effects.land({ ...request, accepted: false }));
  }

  /** A request arrives and is answered; its effect comes `ms` milliseconds later. */
  accept(request: Request, ms: number): Performed {
    return this.#once(request, () => {
      this.#scheduler.add({
        who: this.#scheduler.nature,
        kind: 'nature',
        intent: request.id,
        at: this.#scheduler.now + ms,
        tell: () => `what the remote accepted takes effect`,
        act: () => this.#effects.land({ ...request, accepted: true }),
      });
    });
  }

  /** Says truthfully whether the effect of a reference took place so far. */
  lookUp(reference: string): Reconciled {
    return this.#effects.under(reference).length > 0 ? { found: true, result: 'found' } : { found: false };
  }

  /** Only the remote of an idempotent effect knows keys, and each for a while only. */
  #once(request: Request, take: () => void): Performed {
    const known = this.#keys.get(request.reference);
    const { now } = this.#scheduler;
    if (this.#keyed(request.id) && known !== undefined && now < known.at + TIMES.keyTtlMs)
      return known.performed;
    this.#count += 1;
    const performed = { result: 'done', externalId: `effect ${this.#count}` };
    this.#keys.set(request.reference, { performed, at: now });
    take();
    return performed;
  }

  #keyed(id: string): boolean {
    const { remotes, intents } = this.#world;
    const plan = intents.find(({ submissions }) => submissions[0].id === id);
    return (remotes ?? plan?.action.effect.kind) === 'idempotent';
  }
}
