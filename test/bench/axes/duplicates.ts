import { type Axis, throughputCell } from './axis.ts';

/** Plain jobs whose intents are finished already: the worker only looks up the first answer. */
export const duplicates: Axis = {
  name: 'duplicates',
  title: 'Duplicates of finished intents',
  cells(size) {
    const cell = { axis: 'duplicates', concurrency: 200 } as const;
    return [
      // does its work a second time, as it does every time
      throughputCell(size, { ...cell, contender: 'bullmq-redis' }),
      throughputCell(size, { ...cell, contender: 'latchkey-redis-add', kind: 'duplicates' }),
    ];
  },
};
