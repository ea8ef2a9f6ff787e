import type { StandardSchemaV1 } from '@standard-schema/spec';
import { closest, distance } from 'fastest-levenshtein';
import { InvalidAction } from '../errors.ts';
import type { Action, ActionDefinition, PreviousKey, RetryPolicy } from './action.ts';
import type { Effect } from './effect.ts';
import { LINT_RULES, type LintAllowance } from './lint-rule.ts';

const OPTIONS = [
  'name',
  'input',
  'key',
  'keyVersion',
  'distinguish',
  'previousKeys',
  'free',
  'scope',
  'effect',
  'replayWindowMs',
  'leaseMs',
  'deadlineMs',
  'retry',
  'approval',
  'entity',
  'redact',
  'encrypt',
  'examples',
  'lint',
] as const;

/** A month of answers: long enough for a run that is resumed after a holiday. */
const REPLAY_WINDOW_MS = 30 * 24 * 3_600_000;
/** BullMQ's own lock duration, so that both notice a dead worker at about the same time. */
const LEASE_MS = 30_000;
/** What HTTP clients and load balancers commonly allow one request. */
const DEADLINE_MS = 60_000;
/** The longest that a timer of Node and a timeout of PostgreSQL can be: 24 days. */
const MAX_TIMER_MS = 2_147_483_647;
const RETRY: RetryPolicy = { attempts: 10, backoffMs: 500, maxBackoffMs: 60_000 };
const NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;

/**
 * Defines an action: what is done, what makes two requests the same intent, and what its remote can promise.
 *
 * @throws {InvalidAction} naming every option that is unknown, missing or out of range.
 * @example
 * const createTicket = defineAction({
 *   name: 'ticket.create',
 *   input: z.object({ caseId: z.string(), subject: z.string(), body: z.string() }),
 *   key: ['caseId'],
 *   free: ['subject', 'body'],
 *   effect: idempotent({ keyTtlMs: 24 * 3_600_000, perform: openTicket }), // (input: Ticket, ctx: EffectContext) => …
 * });
 */
export function defineAction<S extends StandardSchemaV1, R>(
  definition: ActionDefinition<S, R>,
): Action<StandardSchemaV1.InferOutput<S>, R, StandardSchemaV1.InferInput<S>> {
  const action = {
    name: definition.name,
    input: definition.input,
    key: Object.freeze([...(definition.key ?? [])]) as readonly string[],
    keyVersion: definition.keyVersion ?? 1,
    distinguish: Object.freeze([...(definition.distinguish ?? [])]) as readonly string[],
    previousKeys: Object.freeze([...(definition.previousKeys ?? [])]),
    free: Object.freeze([...(definition.free ?? [])]) as readonly string[],
    scope: definition.scope ?? null,
    effect: definition.effect,
    replayWindowMs: definition.replayWindowMs ?? REPLAY_WINDOW_MS,
    leaseMs: definition.leaseMs ?? LEASE_MS,
    deadlineMs: definition.deadlineMs ?? DEADLINE_MS,
    retry: Object.freeze({ ...RETRY, ...definition.retry }),
    approval: definition.approval === undefined ? null : Object.freeze({ ...definition.approval }),
    entity: definition.entity === undefined ? null : Object.freeze({ ...definition.entity }),
    redact: Object.freeze([...(definition.redact ?? [])]) as readonly string[],
    encrypt: definition.encrypt ?? false,
    examples: Object.freeze([...(definition.examples ?? [])]) as readonly never[],
    lint: Object.freeze({ allow: [], ...definition.lint }),
  };
  const wrong = [...unknownOptions(definition, OPTIONS), ...faultsOf(action)];
  if (wrong.length > 0) {
    throw new InvalidAction(`action ${JSON.stringify(definition.name)}:\n- ${wrong.join('\n- ')}`);
  }
  return Object.freeze(action) as ReturnType<typeof defineAction<S, R>>;
}

/** Names each property of `given` that isn't known, with the nearest known name where there is one. */
export function unknownOptions(given: object, known: readonly string[], noun = 'option'): string[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = closest(name, known);
      const hint = distance(name.toLowerCase(), near.toLowerCase()) <= 3 ? `; did you mean ${near}?` : '';
      return `unknown ${noun} ${name}${hint}`;
    });
}

type Checked = Omit<Action<never>, 'input' | 'effect'> & {
  input: StandardSchemaV1;
  effect: Effect<never, unknown>;
};

function faultsOf(action: Checked): string[] {
  return [
    ...nameFaults(action),
    ...keyFaults(action),
    ...previousKeyFaults(action),
    ...effectFaults(action.effect),
    ...approvalFaults(action.approval),
    ...entityFaults(action.entity),
    ...allowanceFaults(action.lint),
    ...privacyFaults(action),
    ...durationFaults(action),
  ];
}

function nameFaults(action: Checked): string[] {
  const wrong: string[] = [];
  if (typeof action.name !== 'string' || !NAME.test(action.name) || action.name.length > 100) {
    wrong.push('name: lower-case words joined by dots, up to 100 characters, like ticket.create');
  }
  if (typeof action.input?.['~standard']?.validate !== 'function') {
    wrong.push('input: a Standard Schema is needed, for example z.object({ … })');
  }
  return wrong;
}

function keyFaults(action: Checked): string[] {
  const wrong: string[] = [];
  const { key, free, scope, distinguish } = action;
  if (key.length === 0) wrong.push('key: name at least one input field');
  if (new Set(key).size < key.length) wrong.push('key: a field is named twice');
  for (const path of key) {
    const clash = free.find((other) => covers(other, path) || covers(path, other));
    if (clash !== undefined) wrong.push(`free: ${clash} is part of the key (${path}), so it can't drift`);
  }
  const freeScope = scope === null ? undefined : free.find((other) => covers(other, scope));
  if (freeScope !== undefined) wrong.push(`free: ${freeScope} is the scope, so it can't drift`);
  for (const path of distinguish.filter((path) => path !== scope && !key.includes(path))) {
    wrong.push(
      `distinguish: ${path} tells intents apart, but the key ignores it: two of them would be one. Add it to key`,
    );
  }
  if (!Number.isSafeInteger(action.keyVersion) || action.keyVersion < 1 || action.keyVersion > 32_767) {
    wrong.push('keyVersion: a whole number from 1 to 32767');
  }
  return wrong;
}

function covers(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`);
}

function previousKeyFaults(action: Checked): string[] {
  const check = (previous: PreviousKey): string[] => [
    ...(previous.version < action.keyVersion && previous.version >= 1
      ? []
      : [`previousKeys: version ${previous.version} must be lower than keyVersion ${action.keyVersion}`]),
    ...(previous.key.length > 0 ? [] : ['previousKeys: name at least one field']),
    ...(Number.isNaN(Date.parse(previous.until)) ? [`previousKeys: until ${previous.until} is no date`] : []),
  ];
  return action.previousKeys.flatMap(check);
}

function effectFaults(effect: Effect<never, unknown>): string[] {
  switch (effect?.kind) {
    case 'transactional':
    case 'atMostOnce':
      return needed(effect, ['perform']);
    case 'idempotent':
      return [...needed(effect, ['perform']), ...duration('effect.keyTtlMs', effect.keyTtlMs, 1)];
    case 'reconcilable':
      return [...needed(effect, ['perform', 'reconcile']), ...duration('effect.quietMs', effect.quietMs, 0)];
    default:
      return ['effect: made by transactional, idempotent, reconcilable or atMostOnce'];
  }
}

function approvalFaults(approval: Checked['approval']): string[] {
  if (approval === null) return [];
  return [
    ...unknownOptions(approval, ['required', 'expiresInMs']).map((fault) => `approval: ${fault}`),
    ...(typeof approval.required === 'function' ? [] : ['approval.required: a function of the input']),
    ...duration('approval.expiresInMs', approval.expiresInMs, 1),
  ];
}

function entityFaults(entity: Checked['entity']): string[] {
  if (entity === null) return [];
  const wrong = unknownOptions(entity, ['key', 'rule', 'version']).map((fault) => `entity: ${fault}`);
  if (!Array.isArray(entity.key) || entity.key.length === 0)
    wrong.push('entity.key: name at least one input field');
  if (entity.rule !== 'serial' && entity.rule !== 'version') wrong.push("entity.rule: 'serial' or 'version'");
  if ((entity.rule === 'version') !== (entity.version !== undefined)) {
    wrong.push("entity.version: the path of the version, for rule 'version' and for no other");
  }
  return wrong;
}

function allowanceFaults(lint: Checked['lint']): string[] {
  if (!Array.isArray(lint.allow)) return ['lint.allow: a list of { rule, path?, why }'];
  return [
    ...unknownOptions(lint, ['allow']).map((fault) => `lint: ${fault}`),
    ...lint.allow.flatMap((allowance: LintAllowance) => [
      ...unknownOptions({ [allowance.rule]: true }, LINT_RULES, 'rule').map(
        (fault) => `lint.allow: ${fault}`,
      ),
      ...(typeof allowance.why === 'string' && allowance.why.trim() !== ''
        ? []
        : [`lint.allow: say in why what makes ${allowance.rule} right here`]),
    ]),
  ];
}

/** Keys and scopes are readable by design: in logs, on pages, in the names of things. */
function privacyFaults({ redact, encrypt, key, scope }: Checked): string[] {
  const wrong = typeof encrypt === 'boolean' ? [] : ['encrypt: true or false'];
  const readable = redact.flatMap((path) => {
    const clash = [...key, ...(scope === null ? [] : [scope])].find((one) => covers(path, one));
    if (clash === undefined) return [];
    const what = clash === scope ? 'the scope' : 'part of the key';
    return [
      `redact: ${path} is ${what} (${clash}), which is shown everywhere; identify by an id that isn't secret, or by a hash of it that the producer makes`,
    ];
  });
  return [...wrong, ...readable];
}

function needed(effect: object, names: readonly string[]): string[] {
  const present = effect as Record<string, unknown>;
  return names
    .filter((name) => typeof present[name] !== 'function')
    .map((name) => `effect.${name}: a function`);
}

function durationFaults({ replayWindowMs, leaseMs, deadlineMs, retry, effect }: Checked): string[] {
  const wrong = [
    ...duration('replayWindowMs', replayWindowMs, 0),
    ...duration('leaseMs', leaseMs, 100, MAX_TIMER_MS),
    ...duration('deadlineMs', deadlineMs, 1, MAX_TIMER_MS),
    ...duration('retry.backoffMs', retry.backoffMs, 0),
    ...duration('retry.maxBackoffMs', retry.maxBackoffMs, retry.backoffMs),
    ...unknownOptions(retry, Object.keys(RETRY)).map((fault) => `retry: ${fault}`),
  ];
  if (!Number.isSafeInteger(retry.attempts) || retry.attempts < 1 || retry.attempts > 1000) {
    wrong.push('retry.attempts: a whole number from 1 to 1000');
  }
  if (effect?.kind === 'idempotent' && effect.keyTtlMs <= deadlineMs) {
    wrong.push(
      `effect.keyTtlMs: ${effect.keyTtlMs} isn't longer than deadlineMs (${deadlineMs}): a sender could outlive its key`,
    );
  }
  return wrong;
}

function duration(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): string[] {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return [];
  const limits = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
  return [`${name}: a whole number of milliseconds, ${limits} (got ${String(value)})`];
}
