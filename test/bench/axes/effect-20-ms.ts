import { type Axis, throughputCell } from './axis.ts';

const EFFECT_MS = 20;
const AT_200 = ['bullmq-postgres', 'latchkey-postgres', 'pg-boss', 'graphile-worker', 'dbos', 'restate'];

/** Effects that wait for 20 ms, as for a remote. */
export const effect20ms: Axis = {
  name: 'effect20ms',
  title: 'Effect of 20 ms',
  cells(size) {
    const cells = (concurrency: number, contenders: readonly string[]) =>
      contenders.map((contender) =>
        throughputCell(size, { axis: 'effect20ms', contender, concurrency, effectMs: EFFECT_MS }),
      );
    if (size.quick) return cells(200, ['bullmq-redis', 'latchkey-redis', 'dbos', 'restate']);
    const all = ['bullmq-redis', 'naive-ledger', 'latchkey-redis', 'latchkey-redis-add'];
    return [50, 200, 1_000].flatMap((concurrency) =>
      cells(concurrency, concurrency === 200 ? [...all, ...AT_200] : all),
    );
  },
};
