import type { Axis } from './axis.ts';
import { contended } from './contended.ts';
import { duplicates } from './duplicates.ts';
import { effect20ms } from './effect-20-ms.ts';
import { latency } from './latency.ts';
import { noOp } from './no-op.ts';
import { processes } from './processes.ts';

/** All axes, in the order of a run. */
export const AXES: readonly Axis[] = [noOp, effect20ms, duplicates, contended, processes, latency];
