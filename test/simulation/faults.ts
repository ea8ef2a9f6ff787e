import { Declined, NotPerformed } from '@latchkey/core';
import type { Crew } from './crew.ts';
import { intervenes, submits } from './people.ts';
import { durationOf, type FaultName } from './schedule.ts';
import type { Step } from './scheduler.ts';
import type { Stage } from './stage.ts';
import type { IntentPlan } from './worlds.ts';

/** Where a fault strikes. */
export interface Scene {
  readonly stage: Stage;
  readonly crew: Crew;
  /** What could happen now, the oldest first. */
  readonly ready: readonly Step[];
  /** The step that would be next. */
  readonly step: Step;
}

/** Where a fault fits, and what it does there. */
export interface Fault {
  readonly fits: (scene: Scene) => boolean;
  readonly strike: (scene: Scene, pick: number) => Promise<void> | void;
}

const always = () => true;
const isSend = ({ step }: Scene) => step.kind === 'send';
const isStoppable = ({ step }: Scene) => step.who.role !== 'nature';
const isMortal = ({ step }: Scene) => step.who.role !== 'nature' && step.who.role !== 'person';
const isLossy = ({ step }: Scene) => ['ledger', 'send', 'ask', 'statement'].includes(step.kind);

/** What each fault does to the step that would be next. */
export const FAULT_TABLE: Readonly<Record<FaultName, Fault>> = {
  other: { fits: ({ ready }) => ready.length > 1, strike: goBefore },
  time: { fits: always, strike: letTimePass },
  resubmit: { fits: always, strike: resubmit },
  redeliver: { fits: ({ stage }) => stage.queue.deliverable > 0, strike: redeliver },
  person: { fits: always, strike: intervene },
  refuse: { fits: isSend, strike: refuse },
  'lose-request': { fits: isLossy, strike: loseRequest },
  'lose-reply': { fits: isLossy, strike: loseReply },
  'crash-before': { fits: isMortal, strike: crashBefore },
  'crash-after': { fits: isMortal, strike: crashAfter },
  'pause-before': { fits: isStoppable, strike: pauseBefore },
  'pause-after': { fits: isStoppable, strike: pauseAfter },
  late: { fits: isSend, strike: arriveLate },
  flush: { fits: ({ stage }) => stage.watch.allKnown, strike: flush },
};

async function goBefore({ stage, ready }: Scene, pick: number): Promise<void> {
  const step = ready[1 + (pick % (ready.length - 1))];
  if (step !== undefined) await stage.scheduler.carryOut(step);
}

function letTimePass({ stage: { scheduler } }: Scene, pick: number): void {
  scheduler.now += durationOf(pick);
  scheduler.tell(scheduler.nature, `… ${durationOf(pick)} ms pass`);
}

function resubmit({ stage, crew }: Scene, pick: number): void {
  const [plan, way] = choose(stage, pick);
  const wording = way % 3 === 0 ? 0 : way % 3 === 1 ? 1 : 2;
  crew.start('another client', 'client', submits(plan, wording, `${plan.name} again ${pick}`));
}

function redeliver({ stage: { queue, scheduler } }: Scene, pick: number): void {
  queue.deliverAgain(pick);
  scheduler.tell(scheduler.nature, 'the queue delivers a job again');
}

function intervene({ stage, crew }: Scene, pick: number): void {
  const [plan, way] = choose(stage, pick);
  crew.start('operator', 'person', intervenes(plan, way));
}

function refuse({ stage: { scheduler }, step }: Scene, pick: number): void {
  const errors = [new NotPerformed('busy'), new Declined('no'), new Error('broken')] as const;
  const error = errors[pick % 3] ?? errors[0];
  scheduler.drop(step);
  scheduler.tell(step.who, `${step.tell()} → ${error.name}, and no effect`);
  step.fail(error);
  scheduler.now += 1;
}

/** The ledger's caller asks again; a remote's sees a broken connection, or nothing at all until its deadline. */
function loseRequest({ stage: { scheduler }, step }: Scene, pick: number): void {
  scheduler.drop(step);
  scheduler.tell(step.who, `${step.tell()}: the REQUEST IS LOST`);
  if (step.again !== null) scheduler.add({ ...step, at: scheduler.now, act: step.again() });
  else breakOff(step, pick);
  scheduler.now += 1;
}

async function loseReply({ stage: { scheduler }, step }: Scene, pick: number): Promise<void> {
  scheduler.drop(step);
  const value = await step.act();
  scheduler.tell(step.who, `${step.tell(value)}: the REPLY IS LOST`);
  const again = step.again?.(value);
  if (again !== undefined) scheduler.add({ ...step, at: scheduler.now, act: again, again: () => again });
  else breakOff(step, pick);
  scheduler.now += 1;
}

function breakOff(step: Step, pick: number): void {
  if (step.kind !== 'send' || pick % 2 === 0) step.fail(new Error('connection reset'));
}

function crashBefore({ stage: { scheduler }, crew, step }: Scene): void {
  scheduler.tell(step.who, `CRASHES, before it ${step.tell() || 'goes on'}`);
  crew.crash(step.who);
}

async function crashAfter({ stage: { scheduler }, crew, step }: Scene): Promise<void> {
  scheduler.drop(step);
  const value = await step.act();
  scheduler.tell(step.who, `${step.tell(value) || 'goes on'}, and CRASHES`);
  crew.crash(step.who);
}

function pauseBefore({ stage: { scheduler }, crew, step }: Scene, pick: number): void {
  scheduler.tell(step.who, `is PAUSED for ${durationOf(pick)} ms, before it ${step.tell() || 'goes on'}`);
  crew.pause(step.who, durationOf(pick));
}

/** What it asked for happens, and it reads the answer when it wakes up. */
async function pauseAfter({ stage: { scheduler }, crew, step }: Scene, pick: number): Promise<void> {
  scheduler.drop(step);
  const answer = await Promise.resolve()
    .then(() => step.act())
    .then(
      (value) => ({ value, give: () => step.done(value) }),
      (error: unknown) => ({ value: undefined, give: () => step.fail(error) }),
    );
  scheduler.tell(
    step.who,
    `${step.tell(answer.value) || 'goes on'}, and is PAUSED for ${durationOf(pick)} ms`,
  );
  scheduler.add({ who: step.who, kind: 'timer', act: answer.give });
  crew.pause(step.who, durationOf(pick));
}

/** The request arrives late (and its sender is told that it broke, or nothing), or the remote takes it and acts late. */
function arriveLate({ stage: { scheduler }, step }: Scene, pick: number): void {
  const ms = durationOf(Math.floor(pick / 3));
  scheduler.drop(step);
  scheduler.now += 1;
  if (pick % 3 === 2 && step.accept !== null) {
    scheduler.tell(step.who, `${step.tell()}, which answers, and acts ${ms} ms later`);
    step.done(step.accept(ms));
    return;
  }
  scheduler.tell(step.who, `${step.tell()}: the request is ${ms} ms LATE`);
  scheduler.add({
    who: scheduler.nature,
    kind: 'nature',
    intent: step.intent,
    at: scheduler.now + ms,
    act: step.act,
    tell: () => 'the late request arrives',
  });
  breakOff(step, pick);
}

function flush({ stage: { queue, scheduler } }: Scene): void {
  queue.flush();
  scheduler.tell(scheduler.nature, 'the QUEUE LOSES everything');
}

/** Reads a pick as an intent of the world and one of several ways. */
function choose({ world }: Stage, pick: number): [IntentPlan, number] {
  const plan = world.intents[pick % world.intents.length];
  if (plan === undefined) throw new Error('a world without intents');
  return [plan, Math.floor(pick / world.intents.length)];
}
