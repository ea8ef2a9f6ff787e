import type { Process } from './scheduler.ts';
import type { Stage } from './stage.ts';

/** What a process does from its start on. */
export type Life = (stage: Stage, who: Process) => Promise<void>;

/** All simulated processes; one that crashes is started again at once, with nothing but its name. */
export class Crew {
  readonly #stage: Stage;
  readonly #lives = new Map<Process, Life>();
  readonly #starts = new Map<string, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Whether anybody is stopped right now. */
  get someonePaused(): boolean {
    return [...this.#lives.keys()].some(({ state }) => state === 'paused');
  }

  /** Starts a process; the second of a name is called so. */
  start(name: string, role: Process['role'], life: Life): Process {
    const count = (this.#starts.get(name) ?? 0) + 1;
    this.#starts.set(name, count);
    const who: Process = { name: count === 1 ? name : `${name}.${count}`, role, state: 'up' };
    this.#lives.set(who, life);
    const failed = (error: unknown) => this.#stage.scheduler.blame(`${who.name} threw ${String(error)}`);
    life(this.#stage, who).catch(failed);
    return who;
  }

  /** Ends a process like SIGKILL, and starts its successor. */
  crash(who: Process): void {
    const { scheduler, queue, attempts } = this.#stage;
    const life = this.#lives.get(who);
    scheduler.kill(who);
    this.#lives.delete(who);
    attempts.delete(who);
    queue.stalled(who);
    const [name = who.name] = who.name.split('.');
    if (life !== undefined) this.start(name, who.role, life);
  }

  /** Stops a process like SIGSTOP for so many milliseconds; the queue may take it for dead. */
  pause(who: Process, ms: number): void {
    const { scheduler, queue } = this.#stage;
    scheduler.pause(who, ms);
    queue.stalled(who);
  }
}
