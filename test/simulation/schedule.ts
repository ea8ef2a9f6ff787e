/** What can go wrong, or merely otherwise, at one step; the plainest first, so that shrinking ends with it. */
export const FAULTS = [
  'other',
  'time',
  'resubmit',
  'redeliver',
  'person',
  'refuse',
  'lose-request',
  'lose-reply',
  'crash-before',
  'crash-after',
  'pause-before',
  'pause-after',
  'late',
  'flush',
] as const;

/** Name of a fault. */
export type FaultName = (typeof FAULTS)[number];

/** One fault of a schedule: it strikes the first step it fits, after `wait` undisturbed ones. */
export interface Move {
  readonly wait: number;
  readonly fault: FaultName;
  /** Which one of several ways; what it means is the fault's own matter. */
  readonly pick: number;
}

/** Everything that is decided by the seed: without moves, each step is carried out in the order of asking. */
export interface Schedule {
  readonly world: string;
  readonly moves: readonly Move[];
}

/** Highest `pick`. */
export const MOST_PICK = 14;

/** How long a pause, a detour or a jump of time lasts, in virtual milliseconds, by `pick`. */
export function durationOf(pick: number): number {
  const durations = [60, 150, 400, 1_000, 4_000] as const;
  return durations[pick % durations.length] ?? durations[0];
}

/** Writes a schedule as one line that `parseSchedule` reads. */
export function formatSchedule({ world, moves }: Schedule): string {
  return [world, ...moves.map(({ wait, fault, pick }) => `${wait}:${fault}.${pick}`)].join(' ');
}

/**
 * Reads a schedule from the line that a failure printed.
 *
 * @throws {Error} naming the part that can't be read.
 */
export function parseSchedule(line: string): Schedule {
  const [world = '', ...parts] = line.trim().split(/\s+/);
  return { world, moves: parts.map(parseMove) };
}

function parseMove(part: string): Move {
  const [, wait, name, pick] = /^(\d+):([a-z-]+)\.(\d+)$/.exec(part) ?? [];
  const fault = FAULTS.find((known) => known === name);
  if (fault === undefined) throw new Error(`${part} is no move: write wait:fault.pick, like 3:crash-after.0`);
  return { wait: Number(wait), fault, pick: Number(pick) };
}
