import { type DemoChild, startChild } from './child-process.ts';
import type { Cleanup } from './cleanup.ts';
import type { ChildSettings, ProducerSettings, WorkerChildSettings } from './settings.ts';

/** The child processes of one side; all of them die with the demo. */
export class Crew {
  readonly #children: DemoChild[] = [];
  #gone = false;
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects when one of them ends without having been told to. */
  readonly failed: Promise<never> = new Promise((_, reject) => {
    this.#fail = reject;
  });

  constructor(cleanup: Cleanup) {
    this.failed.catch(() => undefined); // heard by whoever waits
    cleanup.defer(() => {
      this.#gone = true;
      return Promise.all(this.#children.map((child) => child.kill()));
    });
  }

  /** Starts a worker and returns once it takes jobs. */
  async startWorker(program: string, settings: WorkerChildSettings): Promise<DemoChild> {
    const child = this.#start(program, settings);
    await child.heard('ready');
    return child;
  }

  /** Starts a producer, which begins at once. */
  startProducer(program: string, settings: ProducerSettings): DemoChild {
    return this.#start(program, settings);
  }

  /** Lets all of them finish what is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  #start(program: string, settings: ChildSettings): DemoChild {
    if (this.#gone) throw new Error('the demo is ending');
    const child = startChild(program, settings);
    this.#children.push(child);
    child.failed.catch((error: unknown) => this.#fail(error));
    return child;
  }
}
