import { type AnyAction, isFinal, nextStep, type State } from '@latchkey/core';
import { MemoryLedger } from '../../packages/core/src/ledger/memory/memory-ledger.ts';
import { Crew } from './crew.ts';
import { FAULT_TABLE, type Scene } from './faults.ts';
import { JobQueue } from './job-queue.ts';
import { approves, submits } from './people.ts';
import { Remote } from './remote.ts';
import type { Move, Schedule } from './schedule.ts';
import { Scheduler } from './scheduler.ts';
import type { Stage } from './stage.ts';
import { sweepForEver } from './sweep.ts';
import { Watch, type Watched } from './watch.ts';
import { referenceOf, WatchEffects } from './watch-effects.ts';
import { work } from './work.ts';
import { TIMES, type World, worldNamed } from './worlds.ts';

/** What a schedule is run with, where it isn't the ordinary. */
export interface Settings {
  /** Makes the ledger under test; default: `MemoryLedger`. */
  readonly ledger?: (now: () => number) => MemoryLedger;
  /** The world to play in, instead of the one that the schedule names. */
  readonly world?: World;
  /** Whether gaps that the guarantees name are excused; default `true`. */
  readonly excusing?: boolean;
  /** Whether the story is told; default `false`, since it takes time. */
  readonly told?: boolean;
}

/** What came of a schedule. */
export interface Outcome {
  /** What happened that must not; `null` if nothing. */
  readonly violation: string | null;
  /** What happened that the guarantees except. */
  readonly gap: string | null;
  readonly steps: number;
  readonly states: readonly (State | null)[];
  /** Every change of state that happened, as `from to`. */
  readonly changes: ReadonlySet<string>;
  /** One line a step; empty unless told. */
  readonly story: readonly string[];
}

/** Steps at most: those in which a fault finds none that it fits, and those until everything has healed. */
const MOST_STEPS = { waiting: 8, healing: 2_000 } as const;

/** Plays one schedule: faults strike as it says, then everything heals, is asked again, and is asked once too late. */
export async function simulate(schedule: Schedule, settings: Settings = {}): Promise<Outcome> {
  const world = settings.world ?? worldNamed(schedule.world);
  const scheduler = new Scheduler(settings.told ? [] : null);
  const play = new Play(stageOf(world, scheduler, settings));
  await play.disturb(schedule.moves);
  await play.heal();
  await play.askAgain();
  await play.askTooLate();
  play.close();
  return play.outcome();
}

function stageOf(world: World, scheduler: Scheduler, settings: Settings): Stage {
  const now = () => scheduler.now;
  const watch = new Watch(world, scheduler);
  const effects = new WatchEffects(watch, scheduler, settings.excusing ?? true);
  return {
    world,
    scheduler,
    watch,
    effects,
    ledger: settings.ledger?.(now) ?? new MemoryLedger(now),
    queue: new JobQueue(scheduler),
    remote: new Remote(world, scheduler, effects),
    attempts: new Map(),
  };
}

/** One schedule while it is played. */
class Play {
  readonly #stage: Stage;
  readonly #crew: Crew;
  #steps = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#crew = new Crew(stage);
    const { world } = stage;
    for (let count = 1; count <= world.workers; count += 1) this.#crew.start(`W${count}`, 'worker', work);
    this.#crew.start('sweeper', 'sweeper', sweepForEver);
    for (const plan of world.intents) {
      this.#crew.start(`client ${plan.name}`, 'client', submits(plan, 0, `${plan.name} as a job`));
      if (plan.action.approval !== null)
        this.#crew.start(`reviewer ${plan.name}`, 'person', approves(plan.submissions[0].id));
    }
  }

  /** Whether something has come of it already. */
  get #decided(): boolean {
    return this.#stage.scheduler.violation !== null || this.#stage.effects.gap !== null;
  }

  /** Carries out steps in the order of asking, and lets each move strike the first step it fits. */
  async disturb(moves: readonly Move[]): Promise<void> {
    await settle();
    for (const { wait, fault, pick } of moves) {
      for (let steps = 0; steps < wait; steps += 1) await this.#step();
      const { fits, strike } = FAULT_TABLE[fault];
      for (let steps = 0; steps < MOST_STEPS.waiting; steps += 1) {
        const scene = this.#scene();
        if (scene === null) return;
        if (fits(scene)) {
          await strike(scene, pick);
          await settle();
          break;
        }
        await this.#step();
      }
    }
  }

  /** No more faults: time passes, sweeps run, until every intent is finished, or in doubt and held. */
  async heal(): Promise<void> {
    const atRest = () => this.#isQuiet() && this.#watched.every((watched) => this.#isAtRest(watched));
    if (await this.#run(atRest)) return;
    for (const watched of this.#watched.filter((each) => !this.#isAtRest(each))) {
      this.#stage.scheduler.blame(`${watched.plan.name} never ends: it stays ${watched.row?.state}`);
    }
    this.#stage.scheduler.blame('never comes to rest');
  }

  /** A finished job that is added again gets the stored answer. */
  async askAgain(): Promise<void> {
    for (const { id, row } of this.#watched) {
      if (row !== null && isFinal(row.state)) this.#stage.queue.ensure(`${id} again`, { id });
    }
    if (!(await this.#run(() => this.#isQuiet())))
      this.#stage.scheduler.blame('a later delivery gets no answer');
  }

  /** After the replay window there are tombstones, and nothing is performed. */
  async askTooLate(): Promise<void> {
    if (this.#decided) return;
    this.#stage.scheduler.now += TIMES.replayWindowMs + 1;
    const purged = () => this.#watched.every(({ row }) => row === null || !isFinal(row.state) || row.purged);
    if (!(await this.#run(purged))) this.#stage.scheduler.blame('what is finished is never purged');
    await this.askAgain();
  }

  /** Compares what came out with what happened. */
  close(): void {
    if (!this.#decided) this.#stage.effects.atEnd();
  }

  outcome(): Outcome {
    const { scheduler, effects, watch } = this.#stage;
    const { violation, story } = scheduler;
    const { changes } = watch;
    const states = this.#watched.map(({ row }) => row?.state ?? null);
    return { violation, gap: effects.gap, steps: this.#steps, states, changes, story: story ?? [] };
  }

  get #watched(): Watched[] {
    return [...this.#stage.watch.intents.values()];
  }

  /** What could happen now, after as much time as must pass first; `null` where nothing ever will, or it is over. */
  #scene(): Scene | null {
    const { scheduler } = this.#stage;
    if (this.#decided) return null;
    let ready = scheduler.ready();
    while (ready.length === 0 && scheduler.advance()) ready = scheduler.ready();
    const [step] = ready;
    return step === undefined ? null : { stage: this.#stage, crew: this.#crew, ready, step };
  }

  /** Carries out the step that is next; answers whether there was one. */
  async #step(): Promise<boolean> {
    const scene = this.#scene();
    if (scene === null) return false;
    await this.#stage.scheduler.carryOut(scene.step);
    await settle();
    this.#steps += 1;
    return true;
  }

  async #run(until: () => boolean): Promise<boolean> {
    for (let steps = 0; steps < MOST_STEPS.healing; steps += 1) {
      if (this.#decided || until()) return true;
      if (!(await this.#step())) return until();
    }
    return false;
  }

  /** Nobody is stopped, no job is on its way, and nothing is on the wire. */
  #isQuiet(): boolean {
    const { scheduler, queue } = this.#stage;
    if (queue.busy || this.#crew.someonePaused) return false;
    for (const { kind, intent } of scheduler.waiting) {
      if (kind !== 'delivery' && kind !== 'timer' && !(kind === 'nature' && intent === null)) return false;
    }
    return true;
  }

  #isAtRest({ id, plan, row }: Watched): boolean {
    if (row === null) return false;
    if (isFinal(row.state)) return true;
    const { effects } = this.#stage;
    if (row.state === 'in_doubt')
      return isHeld(plan.action, row, effects.under(referenceOf(id, row.generation)).length > 0);
    const behind = this.#watched.filter((other) => other.id !== id && other.row?.state === 'in_doubt');
    return row.turn === 'waits' && behind.some((other) => this.#isAtRest(other));
  }
}

/** Whether a doubt waits for a person, or for an effect that its remote hasn't had. */
function isHeld(action: AnyAction, row: Parameters<typeof nextStep>[1], happened: boolean): boolean {
  if (nextStep(action, row).kind !== 'answer') return false;
  return row.dueInMs === null || action.effect.kind !== 'reconcilable' || !happened;
}

/** Lets everybody run until they wait again: all promises settle before the next turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
