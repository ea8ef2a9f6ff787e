import type { Cell, Round } from './rounds/round.ts';

/** A cell and what was measured of it, a round each; `null`: it failed before. */
export interface Measured {
  readonly cell: Cell;
  readonly rounds: readonly (Round | null)[];
  readonly error?: string;
}
