import { randomUUID } from 'node:crypto';
import type { Answer } from '@latchkey/core';
import type { Client, Handle } from '@latchkey/worker';
import { expect } from 'vitest';
import {
  type ActionsByKind,
  actionsByKind,
  type CaseResult,
  KINDS,
  type Timing,
} from '../worker/setup/actions.ts';
import { bookings, countsByKind, type Recorders, remotesOf } from '../worker/setup/oracle.ts';
import { QUICK, type Stage } from '../worker/setup/stage.ts';
import { startWorkerProcess, type WorkerFault, type WorkerProcess } from '../worker/setup/worker-process.ts';
import { eventually } from './eventually.ts';

/** Name of one of the four kinds of effect. */
export type Kind = keyof ActionsByKind;

/** What one intent of each kind came to: its answer's state, number of the last attempt, effects that the remote counts. */
export type Ends = Readonly<
  Record<Kind, readonly [status: Answer['status'], attempt: number, effects: number]>
>;

/** One intent of each kind, all on the same case, each at its remote. */
export interface Scene {
  readonly stage: Stage;
  readonly caseId: string;
  readonly recorders: Recorders;
  readonly timing: Timing;
  readonly actions: ActionsByKind;
  readonly client: Client;
  readonly handles: Readonly<Record<Kind, Handle<CaseResult>>>;
}

/** Attempts where a busy machine may lose the queue's lock and cut the request short, to send it again. */
export const ANY_ATTEMPT = expect.toBeOneOf([1, 2, 3]) as number;

/** Attempts of what was taken over: one more, or some more where the machine is so busy that leases run out. */
export const TAKEN_OVER = expect.toBeOneOf([2, 3, 4, 5]) as number;

/** Submits one intent of each kind on a new case; no worker runs yet. */
export async function openScene(stage: Stage, recorders: Recorders, timing: Timing = {}): Promise<Scene> {
  const caseId = `CASE-${randomUUID()}`;
  const actions = actionsByKind(remotesOf(stage, recorders), timing);
  const client = await stage.connect(...Object.values(actions));
  await stage.query(bookings);
  const submit = async (kind: Kind) => [kind, await client.submit(actions[kind], { caseId })] as const;
  const handles = Object.fromEntries(await Promise.all(KINDS.map(submit))) as Scene['handles'];
  return { stage, caseId, recorders, timing, actions, client, handles };
}

/** Starts a worker process in which the intents of some kinds meet a fault, and waits until they have reached it. */
export async function startVictim(
  { stage, recorders, timing, handles }: Scene,
  fault: Omit<WorkerFault, 'intentIds'>,
  kinds: readonly Kind[] = KINDS,
): Promise<WorkerProcess> {
  const intentIds = kinds.map((kind) => handles[kind].id);
  const victim = stage.use(
    await startWorkerProcess({
      settings: { ...stage.settings, ...QUICK, sweep: false },
      remotes: remotesOf(stage, recorders),
      timing,
      fault: { ...fault, intentIds },
    }),
  );
  await Promise.all(intentIds.map((id) => victim.reached(fault.point, id)));
  return victim;
}

/** Makes the claims on a case look ten minutes old, their leases included: what a dead worker leaves, after a while. */
export async function endLeases(scene: Scene, kinds: readonly Kind[] = KINDS): Promise<void> {
  await ageClaims(scene, kinds, "now() - interval '1 second'");
}

/** Makes the claims look ten minutes old, so that every quiet period is over; their leases last as long as they do. */
export async function ageClaims(
  { stage, actions }: Scene,
  kinds: readonly Kind[] = KINDS,
  leaseUntil = 'lease_until',
): Promise<void> {
  await stage.query(
    `update $schema.intent set claimed_at = claimed_at - interval '10 minutes',
       sent_at = sent_at - interval '10 minutes', lease_until = ${leaseUntil}
     where state = 'claimed' and action = any ($1)`,
    [kinds.map((kind) => actions[kind].name)],
  );
}

/** Answers of the intents of all kinds, in the order of `KINDS`. */
export function answersOf({ handles }: Scene): Promise<Answer<CaseResult>[]> {
  return Promise.all(KINDS.map((kind) => handles[kind].answer({ timeoutMs: 40_000 })));
}

/** Where all intents stand now, and what the remotes count. */
export async function endsOf({ client, handles, stage, caseId, recorders }: Scene): Promise<Ends> {
  const found = await Promise.all(KINDS.map((kind) => client.find(handles[kind].id)));
  const counts = await countsByKind(stage, recorders, caseId); // after, since a success follows its effect
  const ends = KINDS.map((kind, n) => [
    kind,
    [found[n]?.answer.status, found[n]?.answer.attempt, counts[kind]],
  ]);
  return Object.fromEntries(ends) as Ends;
}

/** A job of a doubtful intent fails, so that a dashboard shows it; every other one is done, and removed. */
export async function expectJobsToFollow({ stage }: Scene, answers: readonly Answer[]): Promise<void> {
  const queue = stage.openQueue();
  for (const { intentId, status } of answers) {
    const state = status === 'in_doubt' ? 'failed' : 'unknown';
    await eventually(async () => expect(await queue.getJobState(intentId)).toBe(state));
  }
}

/** A later submission of each intent gets the answer that stands there. */
export async function expectSameAnswerAgain(scene: Scene, answers: readonly Answer[]): Promise<void> {
  for (const [n, kind] of KINDS.entries()) {
    const again = await scene.client.submit(scene.actions[kind], { caseId: scene.caseId });
    expect(await again.answer()).toEqual({ ...answers[n], replayed: true });
  }
}
