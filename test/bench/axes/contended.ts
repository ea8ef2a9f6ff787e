import { type Axis, throughputCell } from './axis.ts';

/** Jobs a second to expect of either. */
const EXPECTED = 400;

/** Intents that share one entity and act one at a time, beside ones that share nothing, one at a time. */
export const contended: Axis = {
  name: 'contended',
  title: 'One shared entity',
  cells(size) {
    if (size.quick) return [];
    const cell = { axis: 'contended', jobs: Math.ceil(size.seconds * EXPECTED) } as const;
    return [
      throughputCell(size, { ...cell, contender: 'latchkey-redis', concurrency: 1 }),
      throughputCell(size, { ...cell, contender: 'latchkey-contended', concurrency: 50 }),
    ];
  },
};
