import type { Axis } from './axis.ts';
import { noOp } from './no-op.ts';

/** All axes, in the order of a run. */
export const AXES: readonly Axis[] = [noOp];
