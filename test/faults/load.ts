import type { Log } from '@latchkey/core';
import type { Client, Handle } from '@latchkey/worker';
import { expect } from 'vitest';
import { countEffects, readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { type ActionsByKind, actionsByKind, type CaseResult, KINDS } from '../worker/setup/actions.ts';
import { bookings, type Recorders, remotesOf, startRecorders } from '../worker/setup/oracle.ts';
import { quiet, type Stage } from '../worker/setup/stage.ts';

/** Cases of each kind. */
export const CASES = 40;
/** Longest wait for one answer, outages included. */
const ANSWER_MS = 120_000;

/** Two workers, a client, and what the remotes saw. */
export interface Load {
  readonly client: Client;
  readonly recorders: Recorders;
  /** Submits `CASES` intents of each kind. */
  submit(prefix: string): Promise<Handle<CaseResult>[]>;
  /** Jobs that the sweeps added again. */
  readdedJobs(): number;
}

/** Two workers and slow remotes, so that much is under way at any moment. */
export async function openLoad(stage: Stage): Promise<Load> {
  const recorders = stage.use(await startRecorders());
  await Promise.all([recorders.plain.setFaults({ slowMs: 40 }), recorders.keyed.setFaults({ slowMs: 40 })]);
  const actions = actionsByKind(remotesOf(stage, recorders));
  const client = await stage.connect(...Object.values(actions));
  await stage.query(bookings);
  let readded = 0;
  const log: Log = {
    ...quiet,
    info: (fields, message) => {
      if (message === 'swept') readded += (fields as { dispatched: number }).dispatched;
    },
  };
  for (let n = 0; n < 2; n += 1) await stage.startWorker(Object.values(actions), { concurrency: 4, log });
  return {
    client,
    recorders,
    submit: (prefix) => client.submitMany(items(actions, prefix)),
    readdedJobs: () => readded,
  };
}

function items(actions: ActionsByKind, prefix: string) {
  return KINDS.flatMap((kind) =>
    Array.from({ length: CASES }, (_, n) => ({ action: actions[kind], input: { caseId: `${prefix}-${n}` } })),
  );
}

/** Every intent has one effect, as the remotes and the table of bookings count them; answers how many. */
export async function expectOneEffectEach(
  stage: Stage,
  { recorders }: Load,
  intents: number,
): Promise<number> {
  const logs = [recorders.plain, recorders.keyed].map(({ logFile }) => readEffects(logFile));
  const remote = [...countEffects((await Promise.all(logs)).flat()).values()];
  const booked = await stage.query<{ n: number }>(
    'select count(*)::int as n from $schema.booking group by case_id',
  );
  const counts = [...remote, ...booked.map(({ n }) => n)];
  expect(counts).toHaveLength(intents);
  expect(new Set(counts)).toEqual(new Set([1]));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Every intent succeeds, sooner or later. */
export async function expectAllSucceeded(handles: readonly Handle<CaseResult>[]): Promise<void> {
  const answers = await Promise.all(handles.map((handle) => handle.answer({ timeoutMs: ANSWER_MS })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded']));
}

/** Effects that both recorders have counted up to now. */
export async function effectsMade({ recorders }: Load): Promise<number> {
  const stats = await Promise.all([recorders.plain.stats(), recorders.keyed.stats()]);
  return stats.reduce((sum, { effects }) => sum + effects, 0);
}
