import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedEffect } from '../oracle/effects.ts';
import type { DemoChild } from './child-process.ts';
import type { Cleanup } from './cleanup.ts';
import { Crew } from './crew.ts';
import { DemoError } from './demo-error.ts';
import type { DemoRemotes } from './demo-remotes.ts';
import { readLines } from './line-file.ts';
import type { Submittal } from './schedule.ts';
import type { ChildSettings, WorkerChildSettings } from './settings.ts';
import { tally, type WantedEffect } from './tally.ts';
import type { View } from './view.ts';

/** One side of the comparison: what is run, and how to see that it is over. */
export interface SidePlan {
  readonly title: string;
  /** Programs beside this file. */
  readonly worker: string;
  readonly producer: string;
  readonly settings: Omit<ChildSettings, 'name'>;
  readonly remotes: DemoRemotes;
  readonly wanted: readonly WantedEffect[];
  /** How this side's workers name an intent. */
  readonly nameOf: (wanted: WantedEffect) => string;
  /** What each producer hands over. */
  readonly dealt: readonly (readonly Submittal[])[];
  /** Whether nothing more will happen by itself, once all is handed over. */
  isSettled(): Promise<boolean>;
  /** Names what is not settled, for the message of a failure. */
  open(): Promise<string>;
}

/** What one side came to, beside its effects. */
export interface SideRun {
  readonly effects: readonly LoggedEffect[];
  readonly deliveries: number;
  /** Answers that the remotes lost after an effect. */
  readonly answersLost: number;
  /** What the killed worker had just done; `undefined` where there were too few effects for it. */
  readonly killedAfter: string | undefined;
}

/** What a side is run with. */
export interface SideContext {
  readonly view: View;
  readonly signal: AbortSignal;
  readonly cleanup: Cleanup;
}

const TICK_MS = 400;
/** A side that isn't settled by then has failed; a killed worker's intents alone take up to ten seconds. */
const LIMIT_MS = 50_000;
/** How long a settled side still waits for a worker to be killed, in ticks. */
const PATIENCE_TICKS = 5;

/** Runs one side: two workers, one of them killed in mid-effect and replaced, and its producers, until all is settled. */
export async function runSide(plan: SidePlan, context: SideContext): Promise<SideRun> {
  const { view, cleanup, signal } = context;
  signal.throwIfAborted();
  const crew = new Crew(cleanup);
  view.begin(plan.title, plan.dealt.flat().length);
  const killing = startWorkers(plan, crew, view);
  await guarded(killing.ready, crew, context);
  const producers = plan.dealt.map((submittals, index) =>
    crew.startProducer(plan.producer, { ...plan.settings, name: `producer-${index + 1}`, submittals }),
  );
  let handedOver = false;
  void Promise.all(producers.map((producer) => producer.heard('done'))).then(
    () => {
      handedOver = true;
    },
    () => undefined, // the crew tells it
  );
  await guarded(
    untilSettled(plan, context, () => ({ handedOver, killed: killing.after() !== undefined })),
    crew,
    context,
  );
  await crew.stop();
  await plan.remotes.stop();
  view.update(await look(plan));
  view.end();
  const effects = await plan.remotes.read();
  const faults = await plan.remotes.faults();
  return {
    effects,
    deliveries: deliveriesOf(plan).length,
    answersLost: faults.filter(({ fault }) => fault.endsWith('AfterCommit')).length,
    killedAfter: killing.after(),
  };
}

/** Starts two workers; the first that stands still after an effect is killed, and a third takes its place. */
function startWorkers(plan: SidePlan, crew: Crew, view: View) {
  const stand = standOf(plan);
  let killedAfter: string | undefined;
  const start = async (number: number, mayStand: boolean): Promise<void> => {
    const name = `worker-${number}`;
    const settings = { ...plan.settings, name, stand: mayStand ? stand : null };
    const worker = await crew.startWorker(plan.worker, settings);
    if (mayStand) void replace(worker).catch(() => undefined); // it was stopped; any other end is told by the crew
  };
  const replace = async (worker: DemoChild): Promise<void> => {
    const { what } = await worker.heard('standing');
    await worker.kill();
    killedAfter = plan.wanted.find((wanted) => plan.nameOf(wanted) === what)?.key ?? what;
    view.note(`${worker.name} was killed (SIGKILL) in mid-effect: ${killedAfter} is done, but not recorded`);
    await start(3, false);
    view.note('worker-3 took its place');
  };
  return { ready: Promise.all([start(1, true), start(2, true)]), after: () => killedAfter };
}

/** At a third of the stream, and where the effect is at a remote: a row's effect would be rolled back. */
function standOf({ wanted, nameOf }: SidePlan): WorkerChildSettings['stand'] {
  const remote = wanted.filter(({ business }) => !business.endsWith('|update'));
  return {
    from: Math.max(1, Math.floor(wanted.length / 6)),
    at: (remote.length > 0 ? remote : wanted).map(nameOf),
  };
}

async function untilSettled(
  plan: SidePlan,
  { view, signal }: SideContext,
  progress: () => { handedOver: boolean; killed: boolean },
): Promise<void> {
  const giveUp = performance.now() + LIMIT_MS;
  for (let calm = 0; ; ) {
    await sleep(TICK_MS, undefined, { signal });
    view.update(await look(plan));
    const { handedOver, killed } = progress();
    calm = handedOver && (await plan.isSettled()) ? calm + 1 : 0;
    if (calm >= 2 && (killed || calm > PATIENCE_TICKS)) return;
    if (performance.now() > giveUp) {
      throw new DemoError(`${plan.title}: not settled within ${LIMIT_MS / 1000} s. ${await plan.open()}`);
    }
  }
}

/** Counts what has happened so far, from the logs. */
async function look(plan: SidePlan): Promise<{ deliveries: number; effects: number; duplicates: number }> {
  const { effects, duplicates } = tally(plan.wanted, await plan.remotes.read());
  return { deliveries: deliveriesOf(plan).length, effects, duplicates };
}

function deliveriesOf(plan: SidePlan): unknown[] {
  return readLines(plan.settings.folder, 'deliveries');
}

/** Waits for work, but no longer than the crew is whole and nobody interrupts. */
async function guarded<T>(work: Promise<T>, crew: Crew, { signal }: SideContext): Promise<T> {
  work.catch(() => undefined); // its failure may come after that of the crew
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, crew.failed, interrupted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
