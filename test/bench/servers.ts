import type { Contender, Served } from './contender.ts';

/** Servers of the contenders' own: each is started when it is first needed, and runs until the end. */
export class Servers {
  readonly #running = new Map<string, Promise<Served>>();

  /** The server of a contender; `undefined` for those that have none. */
  of(name: string, { serve }: Contender): Promise<Served | undefined> {
    if (serve === undefined) return Promise.resolve(undefined);
    const started = this.#running.get(name) ?? serve();
    this.#running.set(name, started);
    return started;
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#running.values());
    await Promise.all(all.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
  }
}
