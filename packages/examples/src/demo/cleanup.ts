/** What has to be ended or removed, in the reverse order of its making; each step even if one before it failed. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  /** Adds a step, to run before all that were added so far. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Runs all steps once; answers what failed. */
  async run(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}
