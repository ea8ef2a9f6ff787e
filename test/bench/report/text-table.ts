import { spreadOf } from '../arithmetic.ts';
import type { Growth } from '../long/growth.ts';
import { compare, type Measured, type Summary } from '../results.ts';

const HEAD = [
  'axis',
  'contender',
  'conc.',
  'jobs/s (least–most)',
  '× raw',
  'CPU ms/job w+pg+redis(+own)',
  'WAL B/job',
  'disk B/job',
];

/** The results for a terminal. */
export function textTable(results: readonly Measured[]): string {
  if (results.length === 0) return '';
  const rows = [HEAD, ...results.map((one) => rowOf(results, one))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rowOf(results: readonly Measured[], { cell, rounds, error }: Measured): string[] {
  const done = rounds.filter((round) => round !== null);
  const { axis, contender, concurrency, effectMs, workers, perSecond } = cell;
  const place = `${concurrency}${workers > 1 ? `×${workers}` : ''}${perSecond === undefined ? '' : ` at ${perSecond}/s`}`;
  if (done.length === 0) return [axis, contender, place, error === undefined ? 'not measured' : 'failed'];
  const base = { axis, concurrency, effectMs, workers, contender: 'bullmq-redis' };
  const ratio =
    contender === 'bullmq-redis' || perSecond !== undefined ? null : compare(results, cellKey(cell), base);
  const cpu = (['worker', 'postgres', 'redis', 'server'] as const).map((who) =>
    medianOf(done.map((round) => round.cpu[who])),
  );
  return [
    axis,
    contender,
    place,
    figure(done),
    ratio === null ? '' : ratio.median.toFixed(2),
    cpu.flatMap((ms) => (ms === null ? [] : [ms.toFixed(3)])).join(' '),
    Math.round(spreadOf(done.map(({ walBytes }) => walBytes)).median).toString(),
    Math.round(spreadOf(done.map(({ diskBytes }) => diskBytes)).median).toString(),
  ];
}

function cellKey({ axis, contender, concurrency, effectMs, workers }: Measured['cell']) {
  return { axis, contender, concurrency, effectMs, workers };
}

function figure(done: readonly { perSecond: number; latency?: { p50: number; p99: number } }[]): string {
  const latencies = done.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  if (latencies.length > 0) {
    const [p50, p99] = [spreadOf(latencies.map((one) => one.p50)), spreadOf(latencies.map((one) => one.p99))];
    return `p50 ${p50.median.toFixed(1)} ms, p99 ${p99.median.toFixed(1)} ms`;
  }
  const { median, min, max } = spreadOf(done.map(({ perSecond }) => perSecond));
  return `${whole(median)} (${whole(min)}–${whole(max)})`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : spreadOf(known).median;
}

/** The few figures that the goals of the project are about, as far as they were measured. */
export function summaryLines({ ratios, latencyAddedMs, growth10M }: Summary): string {
  return Object.entries({ ...ratios, latencyAddedMs, growth10M })
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name.padEnd(16)}${value}`)
    .join('\n');
}

/** Claims as the ledger grows. */
export function growthLines(growth: readonly Growth[]): string {
  return growth
    .map(({ rows, perSecond: { median, min, max }, ratio }) => {
      const speed = `${whole(median)} (${whole(min)}–${whole(max)}) claims and records/s`;
      return `ledger of ${whole(rows)} intents: ${speed}, × ${ratio.toFixed(2)}`;
    })
    .join('\n');
}
