// Plays random schedules of the core until one fails, or as many as asked.
//
//   npm run simulate -- --runs 1000000 [--seed N] [--world NAME] [--defect NAME] [--threads N]
//   npm run simulate -- --replay "idempotent 4:lose-reply.0" [--defect NAME]
//   npm run simulate -- --help
import { availableParallelism } from 'node:os';
import { DEFECTS } from '../../test/simulation/defects.ts';
import { parseSchedule, type Schedule } from '../../test/simulation/schedule.ts';
import { tell } from '../../test/simulation/search.ts';
import { searchInThreads } from '../../test/simulation/search-in-threads.ts';
import { WORLDS, worldNamed } from '../../test/simulation/worlds.ts';
import { numberFrom, orWrong, parsed, runWith, wrapped } from './options.ts';

/** How often the progress is told, in milliseconds: on a terminal, and in a log. */
const PROGRESS_MS = process.stdout.isTTY ? 1_000 : 10_000;

const RUNS = 100_000;

const HELP = `Usage: npm run simulate -- [options]

Random schedules of the core, with crashes, pauses and lost answers, until one fails. docs/simulation.md tells more.

  --runs N        how many schedules; default ${format(RUNS)}
  --seed N        seed of the schedules; default: a random one, which is told
  --world NAME    only one world; default all:
                  ${wrapped([...WORLDS.keys()], 18)}
  --defect NAME   with a deliberate mistake, in a world where it shows:
                  ${wrapped(
                    DEFECTS.map(({ name }) => name),
                    18,
                  )}
  --threads N     default: as many as there are cores
  --replay TEXT   tells one schedule line by line; TEXT is what a failure printed, like "idempotent 4:lose-reply.0"
  --help          tells this

Exit code 0: no schedule failed; 1: one did; 2: wrong options.`;

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly threads: number;
  /** `null`: all of them. */
  readonly world: string | null;
  readonly defect: (typeof DEFECTS)[number] | null;
  /** The one schedule to tell; `null`: a search. */
  readonly replay: Schedule | null;
}

await runWith({ task: 'simulate', help: HELP, read: readOptions }, (options) =>
  options.replay === null ? search(options) : replay(options.replay, options),
);

function readOptions(args: readonly string[]): Options | null {
  const values = parsed({
    args: [...args],
    options: {
      runs: { type: 'string', default: String(RUNS) },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      world: { type: 'string' },
      defect: { type: 'string' },
      threads: { type: 'string', default: String(availableParallelism()) },
      replay: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return null;
  const { world, defect, replay } = values;
  return {
    runs: numberFrom('--runs', values.runs, { least: 1, whole: true }),
    seed: numberFrom('--seed', values.seed, { least: 0, whole: true }),
    threads: numberFrom('--threads', values.threads, { least: 1, whole: true }),
    world: world === undefined ? null : orWrong(() => worldNamed(world).name, '--world'),
    defect: defect === undefined ? null : orWrong(() => defectNamed(defect), '--defect'),
    replay: replay === undefined ? null : orWrong(() => scheduleIn(replay), '--replay'),
  };
}

function scheduleIn(text: string): Schedule {
  const schedule = parseSchedule(text);
  worldNamed(schedule.world);
  return schedule;
}

async function search({ runs, seed, threads, world, defect }: Options): Promise<number> {
  const only = world ?? defect?.world;
  const worlds = only === undefined ? [...WORLDS.keys()] : [only];
  console.log(`${format(runs)} schedules in ${worlds.join(', ')}, with --seed ${seed}`);
  const { onRuns, line } = progress(runs);
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

async function replay(schedule: Schedule, { defect }: Options): Promise<number> {
  const { report, violation } = await tell(schedule, defect?.settings ?? {});
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

function format(number: number): string {
  return number.toLocaleString('en');
}
