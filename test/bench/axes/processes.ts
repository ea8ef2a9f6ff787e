import { type Axis, throughputCell } from './axis.ts';

/** One worker process and two. */
export const processes: Axis = {
  name: 'processes',
  title: 'Worker processes',
  cells(size) {
    if (size.quick) return [];
    return [1, 2].flatMap((workers) =>
      ['bullmq-redis', 'latchkey-redis', 'latchkey-postgres'].map((contender) =>
        throughputCell(size, { axis: 'processes', contender, concurrency: 200, workers }),
      ),
    );
  },
};
