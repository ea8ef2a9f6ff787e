import { type Spread, spreadOf } from '../arithmetic.ts';
import { contenderNamed } from '../contenders.ts';
import { cellOf, type Measured, type Results } from '../results.ts';
import type { Round } from '../rounds/round.ts';
import { type Bar, barChart, lineChart } from './svg.ts';

const LINES = [
  'bullmq-redis',
  'latchkey-redis',
  'latchkey-redis-add',
  'latchkey-redis-protect',
  'naive-ledger',
];
const MEBIBYTE = 2 ** 20;

/** The charts of a run, by the names of their files. */
export function chartsOf({ cells, growth = [], memory = [] }: Results): ReadonlyMap<string, string> {
  const rounds = 'median, least and most of all rounds';
  return new Map([
    [
      'no-op.svg',
      barChart('No-op effect, concurrency 200', `jobs a second; ${rounds}`, speedBars(cells, 'noop')),
    ],
    [
      'effect-20-ms.svg',
      barChart(
        'Effect of 20 ms, concurrency 200',
        `jobs a second; ${rounds}`,
        speedBars(cells, 'effect20ms'),
      ),
    ],
    ['concurrency.svg', concurrencyChart(cells)],
    [
      'latency.svg',
      barChart(
        'Latency from end to end',
        'milliseconds from before the submission to the acknowledgement',
        latencyBars(cells),
      ),
    ],
    [
      'growth.svg',
      barChart(
        'Claims and records as the ledger grows',
        `intents a second, by the rows that are there already; ${rounds}`,
        growth.map(({ rows, perSecond }) =>
          barOf(`${rows.toLocaleString('en')} rows`, 'latchkey', perSecond),
        ),
      ),
    ],
    [
      'memory.svg',
      lineChart('Memory of a worker', 'MiB, after a collection of garbage', 'jobs done', [
        { label: 'heap', points: memory.map(({ jobs, heap }) => [jobs, heap / MEBIBYTE] as const) },
        { label: 'resident', points: memory.map(({ jobs, rss }) => [jobs, rss / MEBIBYTE] as const) },
      ]),
    ],
  ]);
}

function speedBars(cells: readonly Measured[], axis: string): Bar[] {
  return cells
    .filter(({ cell }) => cell.axis === axis && cell.concurrency === 200)
    .flatMap((one) => {
      const done = roundsOf(one);
      if (done.length === 0) return [];
      return [barOf(one.title, kindOf(one.cell.contender), spreadOf(done.map(({ perSecond }) => perSecond)))];
    })
    .sort((a, b) => b.value - a.value);
}

function latencyBars(cells: readonly Measured[]): Bar[] {
  return cells
    .filter(({ cell }) => cell.kind === 'latency')
    .flatMap((one) =>
      (['p50', 'p99'] as const).flatMap((which) => {
        const values = roundsOf(one).flatMap(({ latency }) =>
          latency === undefined ? [] : [latency[which]],
        );
        if (values.length === 0) return [];
        const label = `${one.title}, ${one.cell.perSecond}/s, ${which}`;
        return [barOf(label, kindOf(one.cell.contender), spreadOf(values))];
      }),
    );
}

function concurrencyChart(cells: readonly Measured[]): string {
  const lines = LINES.flatMap((contender) => {
    const of = cells.filter(({ cell }) => cell.axis === 'noop' && cell.contender === contender);
    const points = of.flatMap((one) => {
      const done = roundsOf(one);
      const speed = spreadOf(done.map(({ perSecond }) => perSecond)).median;
      return done.length === 0 ? [] : [[one.cell.concurrency, speed] as const];
    });
    const label = cellOf(of, { axis: 'noop', contender, concurrency: 200 })?.title ?? contender;
    return points.length === 0 ? [] : [{ label, points }];
  });
  return lineChart(
    'No-op effect by concurrency',
    'jobs a second; median of all rounds',
    'concurrency',
    lines,
  );
}

function barOf(label: string, kind: Bar['kind'], { median, min, max }: Spread): Bar {
  return { label, kind, value: median, spread: [min, max] };
}

function kindOf(contender: string): Bar['kind'] {
  if (contender.startsWith('latchkey')) return 'latchkey';
  return contenderNamed(contender).isProtected ? 'protected' : 'unprotected';
}

function roundsOf({ rounds }: Measured): readonly Round[] {
  return rounds.filter((round) => round !== null);
}
