import { randomUUID } from 'node:crypto';
import type { Answer, Log } from '@latchkey/core';
import type { Client, Handle } from '@latchkey/worker';
import { expect, vi } from 'vitest';
import { countEffects, readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { businessKey } from '../../packages/examples/src/remotes/business-key.ts';
import {
  type ActionsByKind,
  actionsByKind,
  type CaseResult,
  KINDS,
  type Remotes,
  type Timing,
} from '../worker/setup/actions.ts';
import { bookings, type Recorders, remotesOf, startRecorders } from '../worker/setup/oracle.ts';
import { quiet, type Stage } from '../worker/setup/stage.ts';
import type { FaultReport } from './report.ts';
import type { Kind } from './scene.ts';

/** One intent of a load. */
export interface LoadedIntent {
  readonly kind: Kind;
  readonly caseId: string;
  readonly handle: Handle<CaseResult>;
}

/** What a load is made of. */
export interface LoadSettings {
  /** Cases, each with one intent of every kind. */
  readonly cases: number;
  /** How long the remotes take over each effect, in milliseconds, so that much is under way at any moment. */
  readonly slowMs: number;
  readonly timing?: Timing;
  /** Leads the effects another way to the remotes; straight unless told. */
  readonly through?: (remotes: Remotes) => Promise<Remotes>;
}

/** Looks again and again, for longer than any of these faults takes to heal on a busy machine. */
export const inTime = (assertion: () => Promise<void>): Promise<void> =>
  vi.waitFor(assertion, { timeout: 90_000, interval: 50 });

/** Intents of all kinds on many cases, remotes of their own, and a client that submits them. */
export interface Load {
  readonly client: Client;
  readonly actions: ActionsByKind;
  readonly recorders: Recorders;
  readonly timing: Timing;
  /** Submits one intent of every kind for each of the cases. */
  submit(): Promise<LoadedIntent[]>;
  /** Effects that the remotes have made so far. */
  effectsMade(): Promise<number>;
  /** Effects of each intent, by its business fields. */
  effectsOf(intents: readonly LoadedIntent[]): Promise<number[]>;
  /** All effects, whoever's they are, as the remotes' logs and the table of bookings tell them. */
  effectsInAll(): Promise<number>;
}

/** Opens a load on a stage whose servers can be reached; no worker runs yet. */
export async function openLoad(stage: Stage, settings: LoadSettings): Promise<Load> {
  const { cases, slowMs, through = async (remotes) => remotes } = settings;
  // a busy machine loses locks of the queue, and each loss cuts a repeatable request short
  const timing: Timing = { retry: { attempts: 1_000 }, ...settings.timing };
  const recorders = stage.use(await startRecorders());
  await Promise.all([recorders.plain.setFaults({ slowMs }), recorders.keyed.setFaults({ slowMs })]);
  const actions = actionsByKind(await through(remotesOf(stage, recorders)), timing);
  const client = await stage.connect(...Object.values(actions));
  await stage.query(bookings);
  const countAll = async () => {
    const logs = [recorders.plain, recorders.keyed].map(({ logFile }) => readEffects(logFile));
    const rows = await stage.query<{ case_id: string; n: number }>(
      'select case_id, count(*)::int as n from $schema.booking group by case_id',
    );
    return {
      remote: countEffects((await Promise.all(logs)).flat()),
      booked: new Map(rows.map(({ case_id, n }) => [case_id, n])),
    };
  };
  return {
    client,
    actions,
    recorders,
    timing,
    submit: async () => {
      const wanted = Array.from({ length: cases }, () => `CASE-${randomUUID()}`).flatMap((caseId) =>
        KINDS.map((kind) => ({ kind, caseId })),
      );
      const items = wanted.map(({ kind, caseId }) => ({ action: actions[kind], input: { caseId } }));
      const handles = await client.submitMany(items);
      return wanted.map((one, n) => ({ ...one, handle: handles[n] as Handle<CaseResult> }));
    },
    effectsMade: async () => {
      const stats = await Promise.all([recorders.plain.stats(), recorders.keyed.stats()]);
      return stats.reduce((sum, { effects }) => sum + effects, 0);
    },
    effectsOf: async (intents) => {
      const { remote, booked } = await countAll();
      return intents.map(({ kind, caseId }) =>
        kind === 'transactional'
          ? (booked.get(caseId) ?? 0)
          : (remote.get(businessKey('record', { action: actions[kind].name, key: caseId })) ?? 0),
      );
    },
    effectsInAll: async () => {
      const { remote, booked } = await countAll();
      return [...remote.values(), ...booked.values()].reduce((sum, count) => sum + count, 0);
    },
  };
}

/** So that much is under way at any moment; a request is repeated as often as usual. */
export const BUSY = { cases: 40, slowMs: 40, timing: { retry: {} } } as const satisfies LoadSettings;

/** A load with workers. */
export interface BusyLoad extends Load {
  /** Jobs that the sweeps have added again so far. */
  readdedJobs(): number;
}

/** Opens a load as `BUSY` says, and starts two workers. */
export async function openBusyLoad(stage: Stage): Promise<BusyLoad> {
  const load = await openLoad(stage, BUSY);
  let readded = 0;
  const log: Log = {
    ...quiet,
    info: (fields, message) => {
      if (message === 'swept') readded += (fields as { dispatched: number }).dispatched;
    },
  };
  const actions = Object.values(load.actions);
  for (let n = 0; n < 2; n += 1) await stage.startWorker(actions, { concurrency: 4, log });
  return { ...load, readdedJobs: () => readded };
}

/** Waits for the answers of all intents, in their order. */
export function answersOf(
  intents: readonly LoadedIntent[],
  timeoutMs = 120_000,
): Promise<Answer<CaseResult>[]> {
  return Promise.all(intents.map(({ handle }) => handle.answer({ timeoutMs })));
}

/** Every intent ends `succeeded`, with one effect; returns what a report wants to know. */
export async function expectOneEffectEach(
  load: Load,
  intents: readonly LoadedIntent[],
): Promise<Omit<FaultReport, 'times'>> {
  const answers = await answersOf(intents);
  const unfinished = answers.filter(({ status }) => status !== 'succeeded');
  expect(unfinished).toEqual([]);
  return expectEffects(load, intents, answers);
}

/**
 * `succeeded` means one effect, `failed` none, in doubt at most one; what is in doubt is held for a person and nothing
 * was wanted of it but that.
 */
export async function expectHonestAnswers(
  load: Load,
  intents: readonly LoadedIntent[],
): Promise<Omit<FaultReport, 'times'>> {
  return expectEffects(load, intents, await answersOf(intents));
}

async function expectEffects(
  load: Load,
  intents: readonly LoadedIntent[],
  answers: readonly Answer[],
): Promise<Omit<FaultReport, 'times'>> {
  const effects = await load.effectsOf(intents);
  const dishonest = intents
    .map(({ kind, caseId }, n) => ({ kind, caseId, status: answers[n]?.status, effects: effects[n] ?? 0 }))
    .filter(({ status, effects }) => !allowedEffects(status).includes(effects));
  expect(dishonest).toEqual([]);
  const done = effects.reduce((sum, count) => sum + count, 0);
  const lost = answers.filter(({ status }, n) => status === 'in_doubt' && effects[n] === 0).length;
  return { wanted: intents.length - lost, done };
}

function allowedEffects(status: Answer['status'] | undefined): readonly number[] {
  if (status === 'succeeded') return [1];
  return status === 'in_doubt' ? [0, 1] : [0];
}

/** No job of these intents is left as failed, while their intents succeeded. */
export async function expectNoFailedJobs(stage: Stage, intents: readonly LoadedIntent[]): Promise<void> {
  const queue = stage.openQueue();
  const states = await Promise.all(intents.map(({ handle }) => queue.getJobState(handle.id)));
  expect(states.filter((state) => state === 'failed')).toEqual([]);
}
