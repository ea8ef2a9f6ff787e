import { type Axis, throughputCell } from './axis.ts';

const EFFECT_MS = 20;
const AT_200 = ['bullmq-postgres', 'latchkey-postgres', 'pg-boss', 'graphile-worker', 'dbos', 'restate'];
/** At 200 nobody can make more than 10,000 a second, for the effect's own time; at 1,000 those that are faster can show it. */
const AT_1000 = ['dbos', 'restate'];

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
    return [...cells(50, all), ...cells(200, [...all, ...AT_200]), ...cells(1_000, [...all, ...AT_1000])];
  },
};
