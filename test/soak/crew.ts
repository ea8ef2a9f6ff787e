import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import type { Ground } from './ground.ts';

/** The worker that is paused and cut off, but never ended: its memory is the one that is judged. */
export const ELDER = 'elder';
const WORKERS = ['w1', 'w2', 'w3'] as const;
/** Pauses before a place is filled again, in milliseconds: after a life, and after a start that failed. */
const AGAIN_MS = [200, 1_000] as const;
/** Longest leave of a worker that was told to drain, in milliseconds, with all stores healed. */
const LEAVE_MS = 60_000;

/** The worker processes of one backend, and whoever replaces those that end. */
export class Crew {
  readonly #ground: Ground;
  readonly #places = new Map<string, Child>();
  readonly #keeping: Promise<void>[] = [];
  readonly #all: Child[] = [];
  /** When each worker process ended, in milliseconds since the epoch, by its name. */
  readonly gone = new Map<string, number>();
  /** What no fault explains. */
  readonly incidents: string[] = [];
  failedStarts = 0;
  #closing = false;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Starts all workers; resolves when they take jobs. */
  async start(): Promise<void> {
    for (const place of [ELDER, ...WORKERS]) this.#keeping.push(this.#keep(place));
    if (await this.ready()) return;
    const tails = [...this.#places.values()].map((child) => `${child.name}: ${child.tail()}`);
    throw new Error(`not all workers started\n${tails.join('\n')}`);
  }

  /** Resolves when every place is filled, or after a minute with whether it is so. */
  async ready(): Promise<boolean> {
    const places = [ELDER, ...WORKERS];
    for (let waited = 0; waited < 60_000; waited += 100) {
      const isReady = (place: string) => this.#places.get(place)?.wasReady() && this.#isHere(place);
      if (places.every(isReady)) return true;
      await sleep(100);
    }
    return false;
  }

  /** Those that may be ended, and take jobs. */
  get mortal(): readonly Child[] {
    return WORKERS.filter((place) => this.#isHere(place))
      .map((place) => this.#places.get(place))
      .filter((child) => child?.wasReady() === true && !child.isDoomed()) as Child[];
  }

  get elder(): Child | undefined {
    return this.#places.get(ELDER);
  }

  /** Workers at a time. */
  readonly size: number = WORKERS.length + 1;

  /** Every process that ran so far. */
  get everybody(): readonly Child[] {
    return this.#all;
  }

  /** Whether a worker process of this name was here and is gone; when, in milliseconds since the epoch. */
  goneAt(name: string): number | undefined {
    return this.gone.get(name);
  }

  /** Drains all workers, and replaces nobody. */
  async close(): Promise<void> {
    this.#closing = true;
    const here = [...this.#places.values()].filter((child) => child.isRunning());
    await Promise.all(
      here.map(async (child) => {
        child.signal('SIGCONT');
        child.signal('SIGTERM');
        const end = await Promise.race([child.exited, sleep(LEAVE_MS, 'late' as const, { ref: false })]);
        if (end === 0) return;
        if (end === 'SIGKILL' && child.mayKillItself()) return;
        if (child.wasReady()) this.incidents.push(`${child.name} did not leave in the end (${end})`);
        child.signal('SIGKILL');
        await child.exited;
      }),
    );
    await Promise.all(this.#keeping);
  }

  /** Ends all at once. */
  async kill(): Promise<void> {
    this.#closing = true;
    for (const child of this.#places.values()) child.signal('SIGKILL');
    await Promise.all(this.#keeping);
  }

  #isHere(place: string): boolean {
    return this.#places.get(place)?.isRunning() ?? false;
  }

  async #keep(place: string): Promise<void> {
    for (let life = 1; !this.#closing; life += 1) {
      const { folder, proxied } = this.#ground;
      const child = startChild('worker-main', { name: `${place}.${life}`, folder, ...proxied });
      this.#places.set(place, child);
      this.#all.push(child);
      const end = await child.exited;
      this.gone.set(child.name, Date.now());
      if (!child.isDoomed() && !this.#closing) this.#tell(child, end);
      if (!this.#closing) await sleep(child.wasReady() ? AGAIN_MS[0] : AGAIN_MS[1]);
    }
  }

  /** A worker may refuse to start while a store is away; one that works ends by itself for no reason. */
  #tell(child: Child, end: NodeJS.Signals | number): void {
    if (end === 'SIGKILL' && child.mayKillItself()) return;
    if (child.wasReady()) this.incidents.push(`${child.name} ended by itself (${end}):\n${child.tail()}`);
    else this.failedStarts += 1;
  }
}
