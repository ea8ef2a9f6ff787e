import type { Scheduler } from './scheduler.ts';
import type { Watch, Watched } from './watch.ts';
import { TIMES } from './worlds.ts';

/** One effect that took place at the remote. */
export interface Effect {
  readonly id: string;
  /** Names the intent's generation, as the effect told the remote. */
  readonly reference: string;
  readonly attempt: number;
  /** Fingerprint of what was sent. */
  readonly fingerprint: string;
  /** Whether the remote took the request over earlier, answered, and acts only now. */
  readonly accepted: boolean;
}

interface Landed extends Effect {
  readonly at: number;
}

/** Counts effects at the remotes, by intent, and blames the schedule for one that must not be. */
export class WatchEffects {
  /** What happened through a gap that the guarantees name; such a schedule proves nothing more. */
  gap: string | null = null;
  readonly #watch: Watch;
  readonly #scheduler: Scheduler;
  readonly #excusing: boolean;
  readonly #landed: Landed[] = [];
  readonly #approved = new Map<string, Set<string>>();

  /** @param excusing whether the documented gaps are excused */
  constructor(watch: Watch, scheduler: Scheduler, excusing: boolean) {
    this.#watch = watch;
    this.#scheduler = scheduler;
    this.#excusing = excusing;
  }

  /** Effects of one intent so far. */
  of(id: string): readonly Effect[] {
    return this.#landed.filter((effect) => effect.id === id);
  }

  /** Effects of one generation of an intent so far. */
  under(reference: string): readonly Effect[] {
    return this.#landed.filter((effect) => effect.reference === reference);
  }

  /** Takes note of what a reviewer read before they approved. */
  approved(id: string, fingerprint: string): void {
    const seen = this.#approved.get(id) ?? new Set();
    this.#approved.set(id, seen.add(fingerprint));
  }

  /** A worker's own check has let a send out: its lease and its deadline must hold by the ledger's clock. */
  letOut(id: string, attempt: number): void {
    const { plan, row, readAt, begunAt } = this.#watch.of(id);
    const { now } = this.#scheduler;
    const left = (row?.leaseLeftMs ?? 0) - (now - readAt);
    if (row?.state !== 'claimed' || row.token !== attempt || left < 0)
      this.#blame(
        `attempt ${attempt} was let out when ${plan.name} was ${row?.state} (lease left: ${left} ms)`,
      );
    const over = now - (begunAt.get(attempt) ?? 0) - TIMES.deadlineMs;
    if (over > 0) this.#blame(`attempt ${attempt} of ${plan.name} was let out ${over} ms after its deadline`);
  }

  /** An effect takes place. */
  land(effect: Effect): void {
    const watched = this.#watch.of(effect.id);
    this.#landed.push({ ...effect, at: this.#scheduler.now });
    this.#checkCount(watched, effect.reference);
    if (this.gap !== null) return;
    if (effect.reference !== referenceNow(watched)) return; // counted; the state is that of a later generation
    this.#checkState(watched);
    this.#checkApproval(watched, effect);
    if (!effect.accepted) this.#checkTurn(watched);
  }

  /** Compares the states in which all intents came to rest with what happened. */
  atEnd(): void {
    for (const watched of this.#watch.intents.values()) {
      const { id, plan, row } = watched;
      if (row === null) continue;
      const count = this.under(referenceNow(watched)).length;
      const expected = row.state === 'succeeded' ? 1 : 0;
      if (row.state !== 'in_doubt' && count !== expected)
        this.#blame(`${plan.name} ended ${row.state}, with ${count} effects`);
      for (let past = 1; past < row.generation; past += 1) {
        const before = this.under(referenceOf(id, past)).length;
        if (before !== 1) this.#blame(`generation ${past} of ${plan.name} succeeded, with ${before} effects`);
      }
    }
  }

  #checkCount(watched: Watched, reference: string): void {
    const effects = this.#landed.filter((effect) => effect.reference === reference);
    if (effects.length < 2) return;
    const text = `${watched.plan.name} took effect ${effects.length} times (attempts ${effects.map(({ attempt }) => attempt).join(' and ')})`;
    if (this.#excusing && isKnownGap(watched, effects)) this.gap = text;
    else this.#blame(text);
  }

  #checkState({ plan, row }: Watched): void {
    const state = row?.state ?? 'not submitted';
    if (!['pending', 'claimed', 'in_doubt', 'succeeded'].includes(state))
      this.#blame(`${plan.name} took effect while ${state}`);
  }

  #checkApproval({ id, plan }: Watched, { fingerprint }: Effect): void {
    if (plan.action.approval === null || this.#approved.get(id)?.has(fingerprint)) return;
    this.#blame(`${plan.name} took effect with a content that nobody approved`);
  }

  /** Late effects included: while one may still come, its intent holds the turn. */
  #checkTurn({ id, plan }: Watched): void {
    if (plan.action.entity === null) return;
    for (const { id: otherId, plan: other, row } of this.#watch.intents.values()) {
      if (otherId !== id && (row?.state === 'claimed' || row?.state === 'in_doubt'))
        this.#blame(`${plan.name} took effect while ${other.name} of the same entity was ${row.state}`);
      const newer = plan.version !== null && (other.version ?? 0) > plan.version;
      if (newer && this.of(otherId).length > 0)
        this.#blame(
          `${plan.name} (version ${plan.version}) was applied over ${other.name} (version ${other.version})`,
        );
    }
  }

  #blame(text: string): void {
    this.#scheduler.blame(text);
  }
}

/** What the effect of a generation is called outside; said anew here, so that a mistake in the core shows. */
export function referenceOf(id: string, generation: number): string {
  return generation === 1 ? id : `${id}.${generation}`;
}

function referenceNow({ id, row }: Watched): string {
  return referenceOf(id, row?.generation ?? 1);
}

/** Whether a second effect came about as `docs/guarantees.md` says that it may. */
function isKnownGap({ plan, begunAt }: Watched, effects: readonly Landed[]): boolean {
  const { effect } = plan.action;
  const lateness = ({ at, attempt }: Landed) => at - (begunAt.get(attempt) ?? 0) - TIMES.deadlineMs;
  const last = effects.at(-1);
  if (effect.kind === 'idempotent') return last !== undefined && lateness(last) > 0; // after the remote forgot the key
  const performs = effect.kind === 'reconcilable' && effect.whenAbsent === 'perform';
  return performs && effects.some((each) => lateness(each) > TIMES.quietMs);
}
