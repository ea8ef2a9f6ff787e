import { spreadOf } from '../arithmetic.ts';
import { compare, type Measured, type Results, summaryOf, type Which } from '../results.ts';
import type { Cell, Round } from '../rounds/round.ts';

/** Lines around the part of docs/performance.md that the bench writes. */
export const MARKS = ['<!-- written by npm run bench: begin -->', '<!-- end -->'] as const;

/** Puts a run's tables into the page. */
export function intoPage(page: string, results: Results): string {
  const [from, to] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])];
  if (from < 0 || to < from) throw new Error(`the page needs the lines ${MARKS.join(' and ')}`);
  return `${page.slice(0, from)}${MARKS[0]}\n\n${markdownOf(results)}\n${page.slice(to)}`;
}

/** The tables of a run. */
export function markdownOf(results: Results): string {
  const { cells, machine, growth = [], memory = [] } = results;
  const axis = (name: string) => cells.filter(({ cell }) => cell.axis === name);
  const parts = [
    `From one run of \`${results.run}\`, ${cells[0]?.rounds.length ?? 0} rounds.`,
    table(['machine', ''], Object.entries(machine)),
    `### Ratios\n\n${ratios(results)}`,
    `### No-op effect\n\n${speeds(cells, axis('noop'))}`,
    `### Effect of 20 ms\n\n${speeds(cells, axis('effect20ms'))}`,
    `### Duplicates of finished intents\n\n${speeds(cells, axis('duplicates'))}`,
    `### One shared entity\n\n${speeds(cells, axis('contended'), 'latchkey-redis')}`,
    `### One worker process and two\n\n${speeds(cells, axis('processes'))}`,
    `### Latency from end to end\n\n${latencies(axis('latency'))}`,
    `### What a job costs (no-op, concurrency 200)\n\n${costs(axis('noop'))}`,
    `### Growth of the ledger\n\n${table(
      ['rows in the ledger', 'claims and records/s', 'least–most', '× empty', 'dead rows', 'bytes an intent'],
      growth.map(({ rows, filled, perSecond: { median, min, max }, ratio }) => [
        whole(rows),
        whole(median),
        `${whole(min)}–${whole(max)}`,
        ratio.toFixed(2),
        rows === 0 ? '' : `${(filled.dead * 100).toFixed(1)} %`,
        rows === 0 ? '' : whole(filled.bytes),
      ]),
    )}`,
    `### Memory of a worker\n\n${table(
      ['jobs done', 'heap MiB', 'resident MiB'],
      memory.map(({ jobs, heap, rss }) => [
        whole(jobs),
        (heap / 2 ** 20).toFixed(1),
        (rss / 2 ** 20).toFixed(1),
      ]),
    )}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function ratios(results: Results): string {
  const { ratios: of, latencyAddedMs, growth10M } = summaryOf(results);
  const rows: [string, number | null | undefined][] = [
    ['Latchkey / raw BullMQ, no-op, concurrency 200', of.noop200],
    ['Latchkey / raw BullMQ, no-op, concurrency 500', of.noop500],
    ['Latchkey / raw BullMQ, 20 ms, concurrency 200', of.effect20ms200],
    ['duplicates of finished intents / raw BullMQ', of.duplicates],
    ['Latchkey / hand-written ledger, no-op, concurrency 200', of.vsNaive],
    ['Latchkey / DBOS, 20 ms, concurrency 200', of.vsDbos],
    ['Latchkey / Restate, 20 ms, concurrency 200', of.vsRestate],
    ['added to the median latency of raw BullMQ at 100 jobs/s, both by `queue.add`, ms', latencyAddedMs],
    ['claims on 10 million rows / on an empty ledger', growth10M],
  ];
  return table(
    ['ratio', 'median of rounds'],
    rows.map(([name, value]) => [
      name,
      value === null || value === undefined ? 'not measured' : String(value),
    ]),
  );
}

function speeds(all: readonly Measured[], of: readonly Measured[], base = 'bullmq-redis'): string {
  const rows = of.map((one) => {
    const { cell, title } = one;
    const done = roundsOf(one);
    const place = [title, placeOf(cell)];
    if (done.length === 0) return [...place, one.error === undefined ? 'not measured' : 'failed', '', ''];
    const { median, min, max } = spreadOf(done.map(({ perSecond }) => perSecond));
    const ratio = cell.contender === base ? null : compare(all, keyOf(cell), baseOf(cell, base));
    return [
      ...place,
      whole(median),
      `${whole(min)}–${whole(max)}`,
      ratio === null ? '' : ratio.median.toFixed(2),
    ];
  });
  return table(['contender', 'concurrency', 'jobs/s', 'least–most', '×'], rows);
}

function latencies(of: readonly Measured[]): string {
  const rows = of.map((one) => {
    const done = roundsOf(one).flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
    const figures = (['p50', 'p99'] as const).map((which) => {
      const { median, min, max } = spreadOf(done.map((latency) => latency[which]));
      return done.length === 0 ? 'failed' : `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;
    });
    return [one.title, String(one.cell.perSecond), ...figures];
  });
  return table(['contender', 'jobs/s', 'p50 ms', 'p99 ms'], rows);
}

/** CPU milliseconds for a job are CPU seconds for a thousand. */
function costs(of: readonly Measured[]): string {
  const rows = of
    .filter(({ cell }) => cell.concurrency === 200)
    .map((one) => {
      const done = roundsOf(one);
      const cpu = (['worker', 'postgres', 'redis', 'server'] as const).map((who) => {
        const values = done.map((round) => round.cpu[who]).filter((value) => value !== null);
        return values.length === 0 ? '' : spreadOf(values).median.toFixed(3);
      });
      const bytes = (['walBytes', 'diskBytes'] as const).map((what) =>
        done.length === 0 ? '' : whole(spreadOf(done.map((round) => round[what])).median),
      );
      return [one.title, ...cpu, ...bytes];
    });
  const head = [
    'contender',
    'worker',
    'PostgreSQL',
    'Redis',
    'own server',
    'WAL bytes/job',
    'disk bytes/job',
  ];
  return `CPU seconds for 1,000 jobs, by process; bytes that PostgreSQL wrote from before a job was added until it was done.\n\n${table(head, rows)}`;
}

function placeOf({ concurrency, workers }: Cell): string {
  return workers > 1 ? `${workers} × ${concurrency}` : String(concurrency);
}

function keyOf({ axis, contender, concurrency, effectMs, workers }: Cell): Which {
  return { axis, contender, concurrency, effectMs, workers };
}

/** The same cell of another contender; one at a time for an entity is compared with one at a time altogether. */
function baseOf(cell: Cell, contender: string): Which {
  if (cell.axis === 'contended') return { axis: cell.axis, contender, concurrency: 1 };
  return { ...keyOf(cell), contender };
}

function roundsOf({ rounds }: Measured): readonly Round[] {
  return rounds.filter((round) => round !== null);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'Not measured in this run.';
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
