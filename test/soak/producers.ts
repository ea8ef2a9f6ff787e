import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import type { Ground } from './ground.ts';

/** Longest wait for a producer to finish, in milliseconds. */
const FINISH_MS = 40_000;

/** The one producer process of a backend at a time; a killed one is followed by the next. */
export class Producers {
  readonly #ground: Ground;
  readonly #rate: number;
  readonly #seed: number;
  readonly #keeping: Promise<void>;
  readonly incidents: string[] = [];
  #child: Child | undefined;
  #closing = false;

  constructor(ground: Ground, { rate, seed }: { rate: number; seed: number }) {
    this.#ground = ground;
    this.#rate = rate;
    this.#seed = seed;
    this.#keeping = this.#keep();
  }

  /** The one that submits now, if there is one. */
  get current(): Child | undefined {
    const child = this.#child;
    return child?.wasReady() && child.isRunning() && !child.isDoomed() ? child : undefined;
  }

  /** Lets the present one finish, and starts no other. */
  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#child;
    if (child?.isRunning()) {
      child.doom();
      if (child.wasReady()) child.tell({ order: 'finish' });
      else child.signal('SIGKILL');
      const end = await Promise.race([child.exited, sleep(FINISH_MS, 'late' as const, { ref: false })]);
      if (end === 'late') child.signal('SIGKILL');
    }
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    for (let life = 1; !this.#closing; life += 1) {
      const { folder, proxied } = this.#ground;
      const config = { name: `p${life}`, folder, ...proxied, rate: this.#rate, seed: this.#seed + life };
      const child = startChild('producer-main', config);
      this.#child = child;
      const end = await child.exited;
      if (child.wasReady() && !child.isDoomed()) {
        this.incidents.push(`producer ${child.name} ended by itself (${end}):\n${child.tail()}`);
      }
      if (!this.#closing) await sleep(child.wasReady() ? 200 : 1_000);
    }
  }
}
