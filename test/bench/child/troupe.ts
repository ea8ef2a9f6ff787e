import type { Listed } from '../contenders.ts';
import { type Child, startChild } from './child.ts';

/**
 * The child processes of all contenders. They live as long as the run, as workers in production do: what is measured
 * is code that is warm.
 */
export class Troupe {
  readonly #cast = new Map<string, Child[]>();
  #isClosed = false;

  /** A producer, and so many workers. */
  call({ name, file }: Listed, workers: number): { producer: Child; workers: readonly Child[] } {
    if (this.#isClosed) throw new Error('the run is over');
    const cast = this.#cast.get(name) ?? [];
    this.#cast.set(name, cast);
    while (cast.length <= workers) cast.push(startChild(file));
    const [producer, ...others] = cast as [Child, ...Child[]];
    return { producer, workers: others.slice(0, workers) };
  }

  /** Ends the processes of a contender: the next round has new ones. */
  async dismiss({ name }: Listed): Promise<void> {
    const cast = this.#cast.get(name) ?? [];
    this.#cast.delete(name);
    await Promise.all(cast.map((child) => child.kill()));
  }

  /** Ends all of them at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#cast.values()].flat().map((child) => child.kill()));
    this.#cast.clear();
  }
}
