import {
  type AnyAction,
  atMostOnce,
  defineAction,
  type EffectKind,
  idempotent,
  reconcilable,
  type Submission,
  submissionOf,
  transactional,
} from '@latchkey/core';
import { z } from 'zod';

/** One intent of a world: what is submitted, and how it may be submitted again. */
export interface IntentPlan {
  /** A, B or C: what the story calls it. */
  readonly name: string;
  readonly action: AnyAction;
  /** First as it is submitted, then reworded in a free field, then contradicting in another field. */
  readonly submissions: readonly [first: Submission, reworded: Submission, contradicting: Submission];
  readonly version: number | null;
}

/** A small world: few intents and few workers, so that one schedule is quick and its story short. */
export interface World {
  readonly name: string;
  readonly actions: readonly AnyAction[];
  readonly intents: readonly IntentPlan[];
  readonly workers: number;
  /** Kind of the remotes, where it isn't what the actions say; `null`: it is. */
  readonly remotes: EffectKind | null;
  /** How long an effect takes before it sends, in virtual milliseconds. */
  readonly preparationMs: number;
  /** Whether intents come as plain jobs that the worker admits, not from `submit`. */
  readonly plain: boolean;
}

/** Virtual milliseconds: short against one another as in life, so that few jumps of time cross each border. */
export const TIMES = {
  leaseMs: 100,
  deadlineMs: 250,
  quietMs: 200,
  keyTtlMs: 5_000,
  backoffMs: 30,
  approvalMs: 1_500,
  replayWindowMs: 6_000,
} as const;

const input = z.object({
  caseId: z.string(),
  topic: z.string(),
  body: z.string(),
  amount: z.number(),
  version: z.number(),
});
/** Stands in a template; each simulated worker has its own copy of the action, with the remote behind it. */
const unused = () => Promise.reject(new Error('only copies of this action are performed'));

const EFFECTS = {
  transactional: transactional({ perform: unused }),
  idempotent: idempotent({ keyTtlMs: TIMES.keyTtlMs, perform: unused }),
  reconcilable: reconcilable({ quietMs: TIMES.quietMs, perform: unused, reconcile: unused }),
  atMostOnce: atMostOnce({ perform: unused }),
};

/** How an action of a world differs from a plain one. */
interface Traits {
  readonly approval?: boolean;
  readonly entity?: 'serial' | 'version';
  readonly whenAbsent?: 'perform';
}

/** An action of one kind, with the times of the simulation. */
export function actionOf(kind: EffectKind, { approval, entity, whenAbsent }: Traits = {}): AnyAction {
  const { leaseMs, deadlineMs, backoffMs, replayWindowMs, approvalMs } = TIMES;
  const effect =
    whenAbsent === undefined ? EFFECTS[kind] : reconcilable({ ...EFFECTS.reconcilable, whenAbsent });
  return defineAction({
    name: `simulated.${kind.toLowerCase()}`,
    input,
    key: ['caseId'],
    free: ['body'],
    effect,
    leaseMs,
    deadlineMs,
    replayWindowMs,
    retry: { attempts: 3, backoffMs, maxBackoffMs: 2 * backoffMs },
    ...(approval ? { approval: { required: () => true, expiresInMs: approvalMs } } : {}),
    ...(entity === 'serial' ? { entity: { key: ['topic'], rule: 'serial' } } : {}),
    ...(entity === 'version' ? { entity: { key: ['topic'], rule: 'version', version: 'version' } } : {}),
  });
}

function planOf(action: AnyAction, name: string, version: number): IntentPlan {
  const first = { caseId: name, topic: 'shared', body: 'as first worded', amount: 1, version };
  const submit = (change: object) => submissionOf(action, { ...first, ...change }, { submittedBy: 'client' });
  return {
    name,
    action,
    submissions: [submit({}), submit({ body: 'reworded' }), submit({ amount: 2 })],
    version: action.entity?.rule === 'version' ? version : null,
  };
}

/** A world whose intents share one action; B has the lower version, so that order matters. */
export function worldOf(
  name: string,
  action: AnyAction,
  more: Partial<Pick<World, 'workers' | 'plain' | 'remotes' | 'preparationMs'>> & { intents?: number } = {},
): World {
  const { intents = 1, workers = 2, plain = false, remotes = null, preparationMs = 0 } = more;
  const plans = ['A', 'B', 'C'].slice(0, intents).map((letter, index) => planOf(action, letter, 3 - index));
  return { name, actions: [action], intents: plans, workers, plain, remotes, preparationMs };
}

function mixed(): World {
  const [one, other] = [actionOf('idempotent'), actionOf('atMostOnce')];
  const intents = [planOf(one, 'A', 1), planOf(other, 'B', 1)];
  return { ...worldOf('mixed', one, { workers: 3 }), actions: [one, other], intents };
}

/** All worlds, by name. */
export const WORLDS: ReadonlyMap<string, World> = new Map(
  [
    worldOf('idempotent', actionOf('idempotent')),
    worldOf('reconcilable', actionOf('reconcilable')),
    worldOf('at-most-once', actionOf('atMostOnce')),
    worldOf('transactional', actionOf('transactional')),
    worldOf('approval', actionOf('atMostOnce', { approval: true })),
    worldOf('serial', actionOf('idempotent', { entity: 'serial' }), { intents: 2 }),
    worldOf('serial-held', actionOf('reconcilable', { entity: 'serial', approval: true }), { intents: 2 }),
    worldOf('version', actionOf('idempotent', { entity: 'version' }), { intents: 2 }),
    worldOf('version-transactional', actionOf('transactional', { entity: 'version' }), { intents: 2 }),
    worldOf('plain-jobs', actionOf('idempotent'), { plain: true }),
    worldOf('plain-reconcilable', actionOf('reconcilable'), { plain: true, workers: 3 }),
    worldOf('perform-when-absent', actionOf('reconcilable', { whenAbsent: 'perform' })),
    worldOf('slow', actionOf('reconcilable', { whenAbsent: 'perform' }), { preparationMs: 220 }),
    mixed(),
  ].map((world) => [world.name, world] as const),
);

/**
 * Finds a world by its name.
 *
 * @throws {Error} naming all that there are.
 */
export function worldNamed(name: string): World {
  const world = WORLDS.get(name);
  if (world === undefined)
    throw new Error(`there is no world ${name}; choose one of ${[...WORLDS.keys()].join(', ')}`);
  return world;
}
