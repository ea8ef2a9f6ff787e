import { type Axis, throughputCell } from './axis.ts';

const ONCE = [
  'bullmq-postgres',
  'latchkey-postgres',
  'latchkey-postgres-add',
  'pg-boss',
  'graphile-worker',
  'dbos',
  'restate',
];

/** Effects that do nothing: all that is left is the cost of queue and protection. */
export const noOp: Axis = {
  name: 'noop',
  title: 'No-op effect',
  cells(size) {
    const cells = (concurrency: number, contenders: readonly string[]) =>
      contenders.map((contender) => throughputCell(size, { axis: 'noop', contender, concurrency }));
    const redis = ['bullmq-redis', 'naive-ledger', 'latchkey-redis', 'latchkey-redis-add'];
    if (size.quick) return [...cells(200, redis), ...cells(500, ['bullmq-redis', 'latchkey-redis'])];
    const all = [...redis, 'latchkey-redis-protect'];
    return [50, 200, 500, 1_000].flatMap((concurrency) =>
      cells(concurrency, concurrency === 200 ? [...all, ...ONCE] : all),
    );
  },
};
