import { countEffects, type LoggedEffect } from '../oracle/effects.ts';

/** One distinct intent of the stream, and the name of its effect in a remote's log. */
export interface WantedEffect {
  readonly intentId: string;
  /** Readable key, for people. */
  readonly key: string;
  readonly business: string;
}

/** What one side came to, counted from the remotes' own logs by business fields. */
export interface Tally {
  /**
   * Distinct intents that should have had one effect: all of the stream, but for those that the business refuses. It
   * refuses an update of a record that is older than one that was applied before it, and what an action declines.
   */
  readonly intended: number;
  /** Effects in the logs, each one of them. */
  readonly effects: number;
  /** Effects beyond the first of an intent. */
  readonly duplicates: number;
  /** Intended effects that are in no log, and whose intent isn't held (in doubt, or not finished) either. */
  readonly lost: number;
  /** Intents that the business refuses. */
  readonly refused: number;
  /** Updates that were applied over a newer version of their record. */
  readonly backwards: number;
  /** Effects whose names no decision explains, up to ten of them. */
  readonly unexplained: readonly string[];
}

/** What is known beside the logs. */
export interface Standing {
  /** Intents that are in doubt or not finished. */
  readonly held: ReadonlySet<string>;
  /** Intents that an action of the user's own declined; the examples' refusals are read off the logs. */
  readonly declined: ReadonlySet<string>;
}

const nothing: Standing = { held: new Set(), declined: new Set() };

/** Counts what became of the wanted effects. */
export function tally(
  wanted: readonly WantedEffect[],
  effects: readonly LoggedEffect[],
  { held, declined }: Standing = nothing,
): Tally {
  const made = countEffects(effects);
  const { stale, backwards } = staleUpdates(wanted, effects);
  const known = Map.groupBy(wanted, ({ business }) => business);
  let duplicates = 0;
  let refused = 0;
  let lost = 0;
  for (const [business, intents] of known) {
    const count = made.get(business) ?? 0;
    duplicates += Math.max(count - intents.length, 0);
    if (stale.has(business)) refused += intents.length;
    else {
      const without = intents.slice(count); // those that no effect is left for
      const turnedDown = without.filter(({ intentId }) => declined.has(intentId)).length;
      refused += turnedDown;
      lost += Math.max(
        without.length - turnedDown - intents.filter(({ intentId }) => held.has(intentId)).length,
        0,
      );
    }
  }
  const unexplained = [...made.keys()].filter((business) => !known.has(business)).slice(0, 10);
  const intended = wanted.length - refused;
  return { intended, effects: effects.length, duplicates, lost, refused, backwards, unexplained };
}

/**
 * Reads off the log which updates were out of date: a newer version of the record was applied first, or instead.
 *
 * Only entries of kind `record` have versions that supersede one another.
 */
function staleUpdates(
  wanted: readonly WantedEffect[],
  effects: readonly LoggedEffect[],
): { stale: ReadonlySet<string>; backwards: number } {
  const newest = new Map<string, number>();
  const applied = new Set<string>();
  const stale = new Set<string>();
  let backwards = 0;
  for (const { kind, business } of effects) {
    const update = kind === 'record' ? updateOf(business) : undefined;
    if (update === undefined) continue;
    const before = newest.get(update.record) ?? 0;
    if (update.version < before) backwards += 1;
    if (update.version < before && !applied.has(business)) stale.add(business);
    applied.add(business);
    newest.set(update.record, Math.max(before, update.version));
  }
  for (const { business } of wanted) {
    const update = updateOf(business);
    if (update === undefined || applied.has(business)) continue;
    if (update.version < (newest.get(update.record) ?? 0)) stale.add(business);
  }
  return { stale, backwards };
}

function updateOf(business: string): { record: string; version: number } | undefined {
  const found = /^record=(.*)\|version=(\d+)\|update$/.exec(business);
  return found === null ? undefined : { record: found[1] ?? '', version: Number(found[2]) };
}
