import type { AnyAction } from '../action/action.ts';
import type { LintRule } from '../action/lint-rule.ts';
import { valueAt } from '../action/paths.ts';
import { deriveIntent } from '../intent/derive-intent.ts';
import { entityOf } from '../intent/entity-of.ts';
import type { Found } from './finding.ts';
import { CHANGED, STILL, type Surroundings, within } from './surroundings.ts';

/** Derivations in the same surroundings: a coin that is tossed by the schema shows in one of them. */
const REPETITIONS = 12;

const CAUSES: Readonly<Record<keyof Surroundings, { rule: LintRule; what: string }>> = {
  nowMs: { rule: 'key-clock', what: 'at another time' },
  host: { rule: 'key-host', what: 'on another host' },
  pid: { rule: 'key-pid', what: 'in another process' },
  envSuffix: { rule: 'key-environment', what: 'in another environment' },
};

/** What of one input decides whether two submissions are the same intent, and what happens to it. */
interface Identity {
  readonly key: string;
  readonly fields: ReadonlyMap<string, unknown>;
  readonly scope: string | null;
  readonly id: string;
  readonly entity: string | null;
  readonly approval: boolean;
}

/**
 * Derives an input's key again and again, in surroundings that hold still and in changed ones, and says what it
 * depends on beside the input.
 *
 * @throws what `deriveIntent` throws, if the input has no key at all.
 */
export function judgeStability(action: AnyAction, input: unknown): Found[] {
  const derive = (surroundings: Surroundings) => within(surroundings, () => identityOf(action, input));
  const first = derive(STILL);
  for (let round = 1; round < REPETITIONS; round += 1) {
    const found = compare(first, derive(STILL), { rule: 'key-random', what: 'once more' });
    if (found.length > 0) return found; // what changes by itself would seem to follow from every change
  }
  return CHANGED.flatMap(({ what, to }) => compare(first, tried(() => derive(to)) ?? first, CAUSES[what]));
}

/** A schema may rightly refuse an input elsewhere: a date that must lie ahead, say. */
function tried(derive: () => Identity): Identity | null {
  try {
    return derive();
  } catch {
    return null;
  }
}

function identityOf(action: AnyAction, input: unknown): Identity {
  const { id, key, scope, input: parsed } = deriveIntent(action, input);
  return {
    id,
    key,
    fields: new Map(action.key.map((path) => [path, valueAt(parsed, path)])),
    scope,
    entity: entityOf(action, scope, parsed)?.id ?? null,
    approval: action.approval?.required(parsed) ?? false,
  };
}

function compare(first: Identity, then: Identity, cause: { rule: LintRule; what: string }): Found[] {
  const found: Found[] = [];
  if (first.id !== then.id || first.entity !== then.entity) {
    found.push({
      rule: cause.rule,
      severity: 'error',
      ...placeOf(first, then),
      reason: `derived ${cause.what}, the same input gives another ${differing(first, then)}`,
      wayOut:
        'take defaults and transforms that make something up off the key fields: whoever decides must say them',
    });
  }
  if (first.approval !== then.approval) {
    found.push({
      rule: 'approval-unstable',
      severity: 'error',
      reason: `asked ${cause.what}, approval.required says something else about the same input`,
      wayOut: 'decide by the input alone; what else counts (a limit, a day) belongs into the input',
    });
  }
  return found;
}

/** The field that differs, where it is one. */
function placeOf(first: Identity, then: Identity): { path?: string } {
  const [path, ...more] = [...first.fields.keys()].filter(
    (one) => first.fields.get(one) !== then.fields.get(one),
  );
  return path === undefined || more.length > 0 ? {} : { path };
}

function differing(first: Identity, then: Identity): string {
  if (first.scope !== then.scope) return `scope (${first.scope}, then ${then.scope})`;
  if (first.id !== then.id) return `key (${first.key}, then ${then.key})`;
  return 'entity';
}
