import { describe, expect, it } from 'vitest';
import { type Measured, ratiosOf, summaryOf } from './results.ts';
import type { Cell } from './rounds/round.ts';

const NO_CPU = { worker: null, postgres: null, redis: null, server: null };

function measured(cell: Partial<Cell>, speeds: readonly (number | null)[], p50 = 0): Measured {
  const whole = {
    axis: 'noop',
    contender: 'bullmq-redis',
    kind: 'throughput',
    concurrency: 200,
    effectMs: 0,
  } as const;
  return {
    cell: { ...whole, workers: 1, jobs: 100, ...cell },
    title: cell.contender ?? '',
    rounds: speeds.map((perSecond) =>
      perSecond === null
        ? null
        : { perSecond, cpu: NO_CPU, walBytes: 0, diskBytes: 0, latency: { p50: p50 + perSecond, p99: 0 } },
    ),
  };
}

describe('ratiosOf', () => {
  it('compares Latchkey with each base, at its own concurrency and effect', () => {
    const ratios = ratiosOf([
      measured({}, [100, 200]),
      measured({ contender: 'latchkey-redis' }, [70, 140]),
      measured({ contender: 'latchkey-redis-add' }, [1, 1]),
      measured({ contender: 'naive-ledger' }, [20, 40]),
      measured({ concurrency: 500 }, [100, 100]),
      measured({ concurrency: 500, contender: 'latchkey-redis' }, [80, 80]),
      measured({ axis: 'effect20ms' }, [100]),
      measured({ axis: 'effect20ms', contender: 'latchkey-redis' }, [95]),
      measured({ axis: 'effect20ms', contender: 'dbos' }, [10]),
      measured({ axis: 'effect20ms', contender: 'restate' }, [19]),
      measured({ axis: 'duplicates' }, [100]),
      measured({ axis: 'duplicates', contender: 'latchkey-redis-add', kind: 'duplicates' }, [110]),
    ]);
    expect(ratios).toEqual({
      noop200: 0.7,
      noop500: 0.8,
      effect20ms200: 0.95,
      duplicates: 1.1,
      vsNaive: 3.5,
      vsDbos: 9.5,
      vsRestate: 5,
    });
  });

  it('says null of what was not measured or failed', () => {
    const { noop200, vsDbos } = ratiosOf([
      measured({}, [100]),
      measured({ contender: 'latchkey-redis' }, [null]),
    ]);
    expect([noop200, vsDbos]).toEqual([null, null]);
  });
});

describe('summaryOf', () => {
  it('takes the median of what Latchkey adds to the latency, round by round', () => {
    const cell = { axis: 'latency', kind: 'latency', concurrency: 50, perSecond: 100 } as const;
    const cells = [
      measured({ ...cell, perSecond: 1_000 }, [50, 50, 50]),
      measured(cell, [1, 2, 30]),
      measured({ ...cell, contender: 'latchkey-redis-add' }, [1, 2, 30], 1.5),
    ];
    expect(summaryOf({ cells }).latencyAddedMs).toBe(1.5);
  });

  it('speaks of ten million rows only where there were so many', () => {
    const filled = { dead: 0.1, bytes: 1_000 };
    const of = (rows: number) => ({ rows, filled, perSecond: { median: 1, min: 1, max: 1 }, ratio: 0.9 });
    expect(summaryOf({ cells: [], growth: [of(0), of(10_000_000)] }).growth10M).toBe(0.9);
    expect(summaryOf({ cells: [], growth: [of(0), of(1_000)] })).not.toHaveProperty('growth10M');
  });
});
