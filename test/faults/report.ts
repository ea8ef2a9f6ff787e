import type { TestContext } from 'vitest';

/** What one injection came to, as the remotes' own logs tell it. */
export interface FaultReport {
  /** How often the fault demonstrably landed: a counter of the proxy, a process's exit, a line of a log. */
  readonly times: number;
  /** Effects that there should be once everything has healed. */
  readonly wanted: number;
  /** Effects that the remotes count, by business fields. */
  readonly done: number;
}

declare module 'vitest' {
  interface TaskMeta {
    /** For the table of `npm run faults`; the numbers of the rows stand in the test's name, `fault 7, 9: …`. */
    faults?: FaultReport[];
  }
}

/**
 * Adds an injection to the rows of the fault table that the test's name lists. A test that reports nothing, or a fault
 * that landed no time, doesn't count as passed there.
 */
export function reportFault({ task }: Pick<TestContext, 'task'>, report: FaultReport): void {
  task.meta.faults = [...(task.meta.faults ?? []), report];
}
