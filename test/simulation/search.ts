import fc from 'fast-check';
import { FAULTS, formatSchedule, MOST_PICK, type Schedule } from './schedule.ts';
import { type Settings, simulate } from './simulate.ts';

/** What is looked for, and how long. */
export interface Search {
  /** Names of the worlds; the schedules are spread over them. */
  readonly worlds: readonly string[];
  readonly runs: number;
  readonly seed: number;
  readonly settings?: Settings;
  /** Called after each schedule. */
  readonly onRun?: () => void;
}

/** What a search came to. */
export interface Finding {
  /** Schedules until the first failure, or in all. */
  readonly runs: number;
  /** Schedules in which something happened that the guarantees except. */
  readonly gaps: number;
  /** Every change of state that happened in one of them, as `from to`. */
  readonly changes: ReadonlySet<string>;
  /** The smallest failing schedule that was found; `null` where none failed. */
  readonly failure: { readonly schedule: Schedule; readonly report: string; readonly lines: number } | null;
}

/** Steps between two faults: a whole intent takes a dozen, so that few are enough. */
const WAITS = [0, 1, 2, 3, 4, 6, 9] as const;
/** Most faults in one schedule. */
const MOST_MOVES = 14;

/** Schedules as fast-check makes and shrinks them: fewer faults, plainer ones, earlier ones. */
export function schedules(worlds: readonly string[]): fc.Arbitrary<Schedule> {
  const move = fc.record({
    wait: fc.constantFrom(...WAITS),
    fault: fc.constantFrom(...FAULTS),
    pick: fc.nat(MOST_PICK),
  });
  const moves = fc.array(move, { maxLength: MOST_MOVES, size: 'max' });
  return fc.record({ world: fc.constantFrom(...worlds), moves });
}

/** Plays schedules until one fails, then looks for the smallest that fails. */
export async function search(wanted: Search): Promise<Finding> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // a tenth of the time goes into stacks that nobody reads
  try {
    return await searchWithoutStacks(wanted);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function searchWithoutStacks(wanted: Search): Promise<Finding> {
  const { worlds, runs, seed, settings = {}, onRun } = wanted;
  let gaps = 0;
  const all = new Set<string>();
  const property = fc.asyncProperty(schedules(worlds), async (schedule) => {
    const { violation, gap, changes } = await simulate(schedule, settings);
    if (gap !== null) gaps += 1;
    for (const change of changes) all.add(change);
    onRun?.();
    if (violation !== null) throw new Error(violation);
  });
  const found = await fc.check(property, { numRuns: runs, seed });
  const [schedule] = found.counterexample ?? [];
  if (schedule === undefined) return { runs: found.numRuns, gaps, changes: all, failure: null };
  const { report, lines } = await tell(schedule, settings);
  return { runs: found.numRuns, gaps, changes: all, failure: { schedule, report, lines } };
}

/** A schedule that was played again to be told. */
export interface Told {
  readonly violation: string | null;
  /** What went wrong, the story up to there, and how to see it again. */
  readonly report: string;
  /** Lines of the story. */
  readonly lines: number;
}

/** Plays one schedule and tells its story. */
export async function tell(schedule: Schedule, settings: Settings = {}): Promise<Told> {
  const { violation, gap, story, states } = await simulate(schedule, { ...settings, told: true });
  const verdict =
    violation ??
    (gap === null ? `it ended ${states.join(', ')}, as it may` : `${gap}, which the guarantees except`);
  const report = [
    verdict,
    ...story.map((line) => `  ${line}`),
    `again: npm run simulate -- --replay "${formatSchedule(schedule)}"`,
  ];
  return { violation, report: report.join('\n'), lines: story.length };
}
