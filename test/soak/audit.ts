import { isDeepStrictEqual } from 'node:util';
import type { Answer, State } from '@latchkey/core';

/** What producers wrote down about one business effect. */
export interface WantedEffect {
  readonly business: string;
  /** Whether the ledger confirmed it; otherwise the effect may happen, or not. */
  readonly accepted: boolean;
}

/** One effect, as a remote or a table tells it. */
export interface MadeEffect {
  readonly business: string;
  readonly effectId: string;
  /** For effects that take turns: where, and in which place. */
  readonly turn?: { readonly account: string; readonly place: number };
}

/** How an intent stands in the end. */
export interface StandingIntent {
  readonly id: string;
  readonly business: string;
  readonly state: State;
  readonly answer: Answer;
  /** Whether a person had it performed again after it had failed. */
  readonly replayed: boolean;
}

/** An answer that a producer was given during the run. */
export interface SeenAnswer {
  readonly intentId: string;
  readonly answer: Answer;
}

/** All that the audit looks at. */
export interface Evidence {
  readonly wanted: readonly WantedEffect[];
  /** In the order in which they happened. */
  readonly effects: readonly MadeEffect[];
  readonly intents: readonly StandingIntent[];
  readonly seen: readonly SeenAnswer[];
  /** What producers, people and the supervisor saw that must not be. */
  readonly incidents: readonly string[];
}

/** What must not be. */
export interface Violation {
  readonly what: string;
  /** The intent whose story tells more. */
  readonly intentId?: string;
}

/** What a soak came to, counted by business effects. */
export interface Totals {
  /** Intents that the ledger confirmed to a producer, or admitted from a plain job. */
  readonly accepted: number;
  /** Those of them that surely had no effect: failed, rejected, cancelled or expired. */
  readonly refused: number;
  /** The others: each of them wanted one effect. */
  readonly wanted: number;
  /** Wanted effects that are in the logs. */
  readonly done: number;
  /** Intents in doubt, and those of them whose effect is in no log. */
  readonly inDoubt: number;
  readonly held: number;
  readonly duplicates: number;
  readonly lost: number;
}

/** Holds what remotes and producers wrote down against what the ledger says. Pure, so that its bite can be tested. */
export function audit(evidence: Evidence): { totals: Totals; violations: readonly Violation[] } {
  const made = Map.groupBy(evidence.effects, ({ business }) => business);
  const standing = Map.groupBy(evidence.intents, ({ business }) => business);
  const lost = lostOnes(evidence, standing);
  const duplicates = [...made].filter(([, effects]) => effects.length > 1);
  const violations = [
    ...duplicates.map(([business, { length }]) =>
      told(`${length} effects for ${business}`, standing, business),
    ),
    ...lost.map((business) => ({ what: `accepted, and not in the ledger: ${business}` })),
    ...unexplained(evidence, made, standing),
    ...[...standing].flatMap(([business, intents]) => sameBusiness(business, intents)),
    ...evidence.intents.flatMap((intent) => againstLog(intent, made.get(intent.business) ?? [])),
    ...changedAnswers(evidence),
    ...outOfOrder(evidence.effects),
    ...evidence.incidents.map((what) => ({ what })),
  ];
  return { totals: count(evidence, made, duplicates.length, lost.length), violations };
}

type ByBusiness<T> = ReadonlyMap<string, readonly T[]>;

function told(what: string, standing: ByBusiness<StandingIntent>, business: string): Violation {
  const intentId = standing.get(business)?.[0]?.id;
  return intentId === undefined ? { what } : { what, intentId };
}

function lostOnes({ wanted }: Evidence, standing: ByBusiness<StandingIntent>): string[] {
  return wanted
    .filter(({ accepted, business }) => accepted && !standing.has(business))
    .map((one) => one.business);
}

function unexplained(
  { wanted }: Evidence,
  made: ByBusiness<MadeEffect>,
  standing: ByBusiness<StandingIntent>,
): Violation[] {
  const asked = new Set(wanted.map(({ business }) => business));
  const of = (kind: string, names: Iterable<string>) =>
    [...names]
      .filter((business) => !asked.has(business))
      .map((business) => told(`${kind} that no producer asked for: ${business}`, standing, business));
  const withoutIntent = [...made.keys()]
    .filter((business) => asked.has(business) && !standing.has(business))
    .map((business) => ({ what: `an effect without an intent: ${business}` }));
  return [...of('an effect', made.keys()), ...of('an intent', standing.keys()), ...withoutIntent];
}

function sameBusiness(business: string, intents: readonly StandingIntent[]): Violation[] {
  if (intents.length < 2) return [];
  return [{ what: `${intents.length} intents for ${business}`, intentId: intents[0]?.id ?? '' }];
}

function againstLog(intent: StandingIntent, effects: readonly MadeEffect[]): Violation[] {
  const { id: intentId, business, state, answer } = intent;
  const wrong = (what: string): Violation[] => [{ what: `${what}: ${business}`, intentId }];
  switch (state) {
    case 'succeeded': {
      const [effect] = effects;
      if (effect === undefined) return wrong('succeeded without an effect');
      const said = (answer.result as { effectId?: unknown } | null | undefined)?.effectId;
      return said === effect.effectId
        ? []
        : wrong(`answers ${String(said)}, the remote has ${effect.effectId}`);
    }
    case 'failed':
    case 'rejected':
    case 'cancelled':
    case 'expired':
      return effects.length === 0 ? [] : wrong(`${state}, and had its effect`);
    case 'in_doubt':
      return [];
    default:
      return wrong(`still ${state} when all had healed`);
  }
}

/** A finished intent answers the same for ever; only a failed one may go on, when a person has it replayed. */
function changedAnswers({ seen, intents }: Evidence): Violation[] {
  const byId = new Map(intents.map((intent) => [intent.id, intent]));
  const told = new Set<string>();
  return seen.flatMap(({ intentId, answer }) => {
    const now = byId.get(intentId);
    if (now === undefined) return [{ what: `answered, and not in the ledger: intent ${intentId}` }];
    const mayChange = answer.status === 'in_doubt' || (answer.status === 'failed' && now.replayed);
    if (mayChange || told.has(intentId) || isDeepStrictEqual(lasting(answer), lasting(now.answer))) return [];
    told.add(intentId);
    const change = `${JSON.stringify(lasting(answer))} became ${JSON.stringify(lasting(now.answer))}`;
    return [{ what: `an answer changed: ${now.business}: ${change}`, intentId }];
  });
}

/** What every delivery is answered alike. Through JSON, as a producer wrote it down. */
function lasting({ status, result, error, externalId, attempt, completedAt }: Answer): unknown {
  return JSON.parse(JSON.stringify({ status, result, error, externalId, attempt, completedAt }));
}

function outOfOrder(effects: readonly MadeEffect[]): Violation[] {
  const reached = new Map<string, number>();
  return effects.flatMap(({ business, turn }) => {
    if (turn === undefined) return [];
    const before = reached.get(turn.account) ?? 0;
    reached.set(turn.account, Math.max(before, turn.place));
    return turn.place > before
      ? []
      : [{ what: `out of turn: place ${turn.place} of ${turn.account} after ${before}: ${business}` }];
  });
}

function count(
  { wanted, intents }: Evidence,
  made: ByBusiness<MadeEffect>,
  duplicates: number,
  lost: number,
): Totals {
  const refused = intents.filter(({ state }) =>
    ['failed', 'rejected', 'cancelled', 'expired'].includes(state),
  );
  const none = new Set(refused);
  const open = intents.filter((intent) => !none.has(intent));
  const inDoubt = open.filter(({ state }) => state === 'in_doubt');
  const accepted = new Set([
    ...intents.map(({ business }) => business),
    ...wanted.filter((one) => one.accepted).map((one) => one.business),
  ]).size;
  return {
    accepted,
    refused: refused.length,
    wanted: accepted - refused.length,
    done: open.filter(({ business }) => made.has(business)).length,
    inDoubt: inDoubt.length,
    held: inDoubt.filter(({ business }) => !made.has(business)).length,
    duplicates,
    lost,
  };
}
