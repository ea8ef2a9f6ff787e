import { contenderNamed } from '../contenders.ts';
import type { Cell } from '../rounds/round.ts';

/** How much is measured. */
export interface Size {
  /** The quick run measures what the ratios need, and nothing else. */
  readonly quick: boolean;
  /** How long one round of a contender should work, in seconds. */
  readonly seconds: number;
}

/** One question that the bench asks, and the cells that answer it. */
export interface Axis {
  readonly name: string;
  readonly title: string;
  cells(size: Size): readonly Cell[];
}

/** A cell whose round takes about as long as every other. */
export function throughputCell(
  size: Size,
  cell: Pick<Cell, 'axis' | 'contender' | 'concurrency'> & Partial<Cell>,
): Cell {
  const { concurrency, effectMs = 0, workers = 1 } = cell;
  const limit = effectMs === 0 ? Number.POSITIVE_INFINITY : (concurrency * workers * 1_000) / effectMs;
  const expected = Math.min(contenderNamed(cell.contender).expected, limit);
  // many times what is under way at once, so that start and end weigh little
  const jobs = Math.max(Math.round((expected * size.seconds) / 1_000) * 1_000, concurrency * workers * 5);
  return { kind: 'throughput', effectMs, workers, jobs, ...cell };
}
