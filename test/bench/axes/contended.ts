import { type Axis, throughputCell } from './axis.ts';

/** Intents that share one entity and act one at a time, beside ones that share nothing, one at a time. */
export const contended: Axis = {
  name: 'contended',
  title: 'One shared entity',
  cells(size) {
    if (size.quick) return [];
    const cell = { axis: 'contended', jobs: 4_000 } as const;
    return [
      throughputCell(size, { ...cell, contender: 'latchkey-redis', concurrency: 1 }),
      throughputCell(size, { ...cell, contender: 'latchkey-contended', concurrency: 50 }),
    ];
  },
};
