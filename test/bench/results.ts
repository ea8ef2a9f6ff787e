import { ratioOf, type Spread, spreadOf } from './arithmetic.ts';
import type { Machine } from './ground/machine.ts';
import type { Growth } from './long/growth.ts';
import type { MemorySample } from './long/memory.ts';
import type { Cell, Round } from './rounds/round.ts';

/** A cell and what was measured of it, a round each; `null`: it failed before. */
export interface Measured {
  readonly cell: Cell;
  /** The contender's, as tables and charts show it. */
  readonly title: string;
  readonly rounds: readonly (Round | null)[];
  readonly error?: string;
}

/** All that one run found out; what `docs/performance/results.json` holds. */
export interface Results {
  /** How it was started. */
  readonly run: string;
  readonly machine: Machine;
  readonly cells: readonly Measured[];
  /** Claims of ledgers of several sizes; full run only. */
  readonly growth?: readonly Growth[];
  /** Memory of a worker over many jobs; full run only. */
  readonly memory?: readonly MemorySample[];
}

/** What scripts read: the last line of `--json`. */
export interface Summary {
  readonly ratios: Ratios;
  readonly latencyAddedMs: number | null;
  /** Claims on a ledger of ten million rows against an empty one; full run only. */
  readonly growth10M?: number;
}

/** Ratios of one run, by the names that scripts read; `null`: not measured. */
export interface Ratios {
  readonly noop200: number | null;
  readonly noop500: number | null;
  readonly effect20ms200: number | null;
  readonly duplicates: number | null;
  readonly vsNaive: number | null;
  readonly vsDbos: number | null;
  readonly vsRestate: number | null;
}

/** Names a cell among all cells of a run. */
export type Which = Pick<Cell, 'axis' | 'contender' | 'concurrency'> & Partial<Cell>;

/** Finds the cell that agrees in everything that is named. */
export function cellOf(results: readonly Measured[], which: Which): Measured | undefined {
  const named = Object.entries(which) as [keyof Cell, unknown][];
  return results.find(({ cell }) => named.every(([field, value]) => cell[field] === value));
}

/** Throughput of one cell against another, round by round; `null` where one of them was not measured. */
export function compare(results: readonly Measured[], which: Which, base: Which): Spread | null {
  const speeds = (one: Which) => cellOf(results, one)?.rounds.map((round) => round?.perSecond ?? null) ?? [];
  const ratio = ratioOf(speeds(which), speeds(base));
  return Number.isNaN(ratio.median) ? null : ratio;
}

/** Boils a run down to the few figures that the goals of the project are about. */
export function summaryOf({ cells, growth }: Pick<Results, 'cells' | 'growth'>): Summary {
  const grown = growth?.find(({ rows }) => rows === 10_000_000)?.ratio;
  return {
    ratios: ratiosOf(cells),
    latencyAddedMs: latencyAddedMs(cells),
    ...(grown === undefined ? {} : { growth10M: rounded(grown) }),
  };
}

/** What the goals of the project are checked by: Latchkey as it recommends itself, by `submitMany`, but for duplicates. */
export function ratiosOf(results: readonly Measured[]): Ratios {
  const against = (axis: string, concurrency: number, base: string, contender = 'latchkey-redis') => {
    const ratio = compare(results, { axis, concurrency, contender }, { axis, concurrency, contender: base });
    return ratio === null ? null : rounded(ratio.median);
  };
  return {
    noop200: against('noop', 200, 'bullmq-redis'),
    noop500: against('noop', 500, 'bullmq-redis'),
    effect20ms200: against('effect20ms', 200, 'bullmq-redis'),
    duplicates: against('duplicates', 200, 'bullmq-redis', 'latchkey-redis-add'),
    vsNaive: against('noop', 200, 'naive-ledger'),
    vsDbos: against('effect20ms', 200, 'dbos'),
    vsRestate: against('effect20ms', 200, 'restate'),
  };
}

/**
 * Milliseconds that Latchkey adds to the median latency of raw BullMQ at 100 jobs a second, where producers of both make
 * the same call, `queue.add`; `null`: not measured.
 */
export function latencyAddedMs(results: readonly Measured[]): number | null {
  const medians = (contender: string) =>
    cellOf(results, { axis: 'latency', contender, concurrency: 50, perSecond: 100 })?.rounds ?? [];
  const base = medians('bullmq-redis');
  const added = medians('latchkey-redis-add').flatMap((round, index) => {
    const [with_, without] = [round?.latency?.p50, base[index]?.latency?.p50];
    return with_ === undefined || without === undefined ? [] : [with_ - without];
  });
  return added.length === 0 ? null : rounded(spreadOf(added).median);
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
