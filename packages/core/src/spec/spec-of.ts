import type { AnyAction } from '../action/action.ts';

/** An action's idempotency in seven lines. */
export interface IdempotencySpec {
  /** The action, and what its remote makes possible. */
  readonly actionProtected: string;
  /** What one intent is. */
  readonly businessIntent: string;
  readonly keyFields: string;
  readonly storageLocation: string;
  readonly replayWindow: string;
  /** What is kept as the result, and who gets it. */
  readonly resultRecord: string;
  /** What happens after a crash, a doubt or an approval. */
  readonly resumeRule: string;
}

/** Names of the seven lines, in order. */
export const SPEC_LINES: readonly (readonly [keyof IdempotencySpec, string])[] = [
  ['actionProtected', 'Action protected'],
  ['businessIntent', 'Business intent'],
  ['keyFields', 'Key fields'],
  ['storageLocation', 'Storage location'],
  ['replayWindow', 'Replay window'],
  ['resultRecord', 'Result record'],
  ['resumeRule', 'Resume rule'],
];

/** Where an action's intents are kept. */
export interface SpecSurroundings {
  /** Schema of the ledger's tables; default `latchkey`. */
  readonly schema?: string;
}

/** Says an action's idempotency in seven lines, for a review or a page of a wiki. Pure; nothing is connected. */
export function specOf(action: AnyAction, { schema = 'latchkey' }: SpecSurroundings = {}): IdempotencySpec {
  return {
    actionProtected: `${action.name}, ${PROMISES[action.effect.kind]}`,
    businessIntent: intentOf(action),
    keyFields: keyOf(action),
    storageLocation: `PostgreSQL, table ${schema}.intent, a row by the id that the key is hashed to`,
    replayWindow: `${inWords(action.replayWindowMs)} after the end; then id and state remain for ever, and a repetition is answered "expired"`,
    resultRecord: resultOf(action),
    resumeRule: resumeOf(action),
  };
}

const PROMISES: Readonly<Record<AnyAction['effect']['kind'], string>> = {
  transactional: "exactly once: the effect commits with its record, in the ledger's own PostgreSQL",
  idempotent: 'effectively once: the remote honours an idempotency key',
  reconcilable: 'at most once: the remote can be asked whether it happened',
  atMostOnce: 'at most once: the remote offers neither a key nor a lookup',
};

function intentOf({ name, key, scope, entity }: AnyAction): string {
  const within = scope === null ? '' : ` within one ${scope}`;
  const turn = entity === null ? '' : `; ${entityOf(entity)}`;
  return `one ${name} for each ${listed(key)}${within}${turn}`;
}

function entityOf({ key, rule, version }: NonNullable<AnyAction['entity']>): string {
  return rule === 'serial'
    ? `those of one ${listed(key)} act one at a time, in order of submission`
    : `of one ${listed(key)}, an older ${version ?? 'version'} than the last applied one ends as stale`;
}

function keyOf({ key, keyVersion, free }: AnyAction): string {
  const drift =
    free.length === 0
      ? 'all other fields must agree'
      : `${listed(free)} may drift (the first wins), all others must agree`;
  return `${listed(key)} (key version ${keyVersion}); ${drift}`;
}

function resultOf({ replayWindowMs }: AnyAction): string {
  const kept =
    'outcome, result, ids of what was created or the error, written before the job is acknowledged';
  return replayWindowMs === 0
    ? `${kept}; gone with the next clean-up`
    : `${kept}; every later delivery gets the first one`;
}

function resumeOf(action: AnyAction): string {
  const approval =
    action.approval === null
      ? ''
      : `; where approval is needed, it resumes the same intent under the same key, within ${inWords(action.approval.expiresInMs)}`;
  return `${afterCrash(action)}${approval}`;
}

function afterCrash({ effect, retry }: AnyAction): string {
  const retried = `what surely did not happen is tried again under the same key, ${retry.attempts} ${retry.attempts === 1 ? 'attempt' : 'attempts'} in all`;
  switch (effect.kind) {
    case 'transactional':
      return `after a crash nothing has happened, and it is performed again; ${retried}`;
    case 'idempotent':
      return `after a crash the same request is sent again under the same key, for ${inWords(effect.keyTtlMs)} at most, else it is held in doubt; ${retried}`;
    case 'reconcilable':
      return `after a crash the remote is asked after ${inWords(effect.quietMs)}; "absent" ${effect.whenAbsent === 'hold' ? 'holds the doubt' : 'performs it again'}; ${retried}`;
    case 'atMostOnce':
      return `after a crash it is held in doubt for a person; ${retried}`;
  }
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

function inWords(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length && ms % length === 0) ?? ['ms', 1];
  const count = ms / size;
  return unit === 'ms' ? `${count} ms` : `${count} ${unit}${count === 1 ? '' : 's'}`;
}
