// Plays random schedules of the core until one fails, or as many as asked.
//
//   npm run simulate -- --runs 1000000 [--seed N] [--world NAME] [--defect NAME] [--threads N]
//   npm run simulate -- --replay "idempotent 4:lose-reply.0" [--defect NAME]
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { DEFECTS } from '../../test/simulation/defects.ts';
import { parseSchedule } from '../../test/simulation/schedule.ts';
import { tell } from '../../test/simulation/search.ts';
import { searchInThreads } from '../../test/simulation/search-in-threads.ts';
import type { Settings } from '../../test/simulation/simulate.ts';
import { WORLDS, worldNamed } from '../../test/simulation/worlds.ts';

/** How often the progress is told, in milliseconds: on a terminal, and in a log. */
const PROGRESS_MS = process.stdout.isTTY ? 1_000 : 10_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    world: { type: 'string' },
    defect: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    replay: { type: 'string' },
  },
});
const defect = values.defect === undefined ? null : defectNamed(values.defect);
const settings = defect?.settings ?? {};
process.exitCode = values.replay === undefined ? await searchAll() : await replay(values.replay, settings);

async function searchAll(): Promise<number> {
  const runs = wholeNumber('runs', values.runs);
  const seed = wholeNumber('seed', values.seed);
  const only = values.world ?? defect?.world;
  const worlds = only === undefined ? [...WORLDS.keys()] : [worldNamed(only).name];
  console.log(`${format(runs)} schedules in ${worlds.join(', ')}, with --seed ${seed}`);
  const { onRuns, line } = progress(runs);
  const threads = Math.max(wholeNumber('threads', values.threads), 1);
  const { report, gaps } = await searchInThreads({
    worlds,
    runs,
    seed,
    threads,
    defect: defect?.name ?? null,
    onRuns,
  });
  console.log(`${line()}; ${format(gaps)} went through a gap that the guarantees name`);
  if (report === null) return 0;
  console.error(`\nFAILED: ${report}${defect === null ? '' : ` --defect ${defect.name}`}`);
  return 1;
}

async function replay(text: string, given: Settings): Promise<number> {
  const { report, violation } = await tell(parseSchedule(text), given);
  console.log(report);
  return violation === null ? 0 : 1;
}

function progress(runs: number): { onRuns: (runs: number) => void; line: () => string } {
  const start = performance.now();
  let done = 0;
  let told = start;
  const line = () => {
    const rate = (done / (performance.now() - start)) * 1_000;
    return `${format(done)} of ${format(runs)} schedules, ${format(Math.round(rate))} a second`;
  };
  const onRuns = (more: number) => {
    done += more;
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    process.stdout.write(process.stdout.isTTY ? `\r${line()} ` : `${line()}\n`);
  };
  return {
    onRuns,
    line: () => `${process.stdout.isTTY ? '\r' : ''}${line()}`,
  };
}

function defectNamed(name: string): (typeof DEFECTS)[number] {
  const found = DEFECTS.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no defect ${name}; choose one of ${DEFECTS.map((each) => each.name).join(', ')}`);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name}: a whole number, not ${text}`);
  return number;
}

function format(number: number): string {
  return number.toLocaleString('en');
}
