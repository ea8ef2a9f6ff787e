// Soaks the worker in random faults under a constant load, then audits what the remotes logged.
//
//   npm run soak -- --minutes 30 [--rate 30] [--seed N] [--backend redis|postgres|both] [--only TEXT] [--json]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { QueueKind } from '@latchkey/worker';
import { type Temper, USUAL } from '../../test/soak/chaos.ts';
import { failuresOf, jsonOf, tableOf } from '../../test/soak/report.ts';
import { type SoakOutcome, soakBackend } from '../../test/soak/soak-backend.ts';
import { numberFrom, parsed, runWith, WrongOptions } from './options.ts';

const HELP = `Usage: npm run soak -- [options]

Random faults under a constant load, on real processes and servers of its own; then an audit. docs/soak.md tells more.

  --minutes N    how long faults strike; default 30
  --rate N       submissions a second, shared by the backends; default 30
  --seed N       seed of load and faults; default: a random one, which is told
  --backend B    redis, postgres or both; default both, at the same time
  --only TEXT    only faults whose names contain TEXT, such as Redis; default all
  --json         ends with one line of JSON
  --help         tells this

Exit code 0: all of it holds; 1: something does not, and the folder with its logs is kept; 2: wrong options.
Ctrl-C ends the faults early and audits what was done so far; a second one leaves at once.`;

interface Options {
  readonly minutes: number;
  readonly rate: number;
  readonly seed: number;
  readonly backends: readonly QueueKind[];
  readonly temper: Temper;
  readonly json: boolean;
}

/** Signals that come so soon after the first are the same one. */
const SAME_SIGNAL_MS = 300;

await runWith({ task: 'soak', help: HELP, read: readOptions }, main);

async function main({ minutes, rate, seed, backends, temper, json }: Options): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-soak-'));
  const abort = new AbortController();
  const start = performance.now();
  const say = (line: string) => console.log(`${clock(performance.now() - start)}  ${line}`);
  let endedAt = Number.NEGATIVE_INFINITY;
  process.on('SIGINT', () => end('interrupted'));
  process.on('SIGTERM', () => end('told to end'));
  const timer = setTimeout(() => abort.abort(), minutes * 60_000);
  console.log(
    `${minutes} minutes of faults on ${backends.join(' and ')}, ${rate} submissions a second, --seed ${seed}`,
  );
  let outcomes: readonly SoakOutcome[];
  try {
    const each = { seed, rate: rate / backends.length, temper, folder, signal: abort.signal, say };
    const ended = await Promise.allSettled(
      backends.map(
        (backend) => soakBackend({ ...each, backend }).finally(() => abort.abort()), // if one breaks, the other need not go on
      ),
    );
    const broken = ended.find((one) => one.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    outcomes = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  } catch (error) {
    console.error(`\nThe soak itself broke (--seed ${seed}); its logs are in ${folder}\n`, error);
    return 1;
  } finally {
    clearTimeout(timer);
  }
  const failed = outcomes.some((outcome) => failuresOf(outcome).length > 0);
  console.log(`\n${tableOf(outcomes)}`);
  if (failed) tellFailures(outcomes, seed, folder);
  else await rm(folder, { recursive: true, force: true });
  if (json) {
    const verdict = failed ? 'failed' : 'passed';
    console.log(JSON.stringify({ seed, minutes, verdict, backends: outcomes.map(jsonOf) }));
  }
  return failed ? 1 : 0;

  function end(why: string): void {
    // one signal to the whole process group comes twice: once by itself, and once passed on by npm
    if (performance.now() - endedAt < SAME_SIGNAL_MS) return;
    if (abort.signal.aborted) process.exit(130); // servers and children end with this process
    endedAt = performance.now();
    say(`${why}: no more faults; an audit of what was done so far follows`);
    abort.abort();
  }
}

function tellFailures(outcomes: readonly SoakOutcome[], seed: number, folder: string): void {
  for (const outcome of outcomes) {
    for (const { what } of failuresOf(outcome)) console.error(`\n${outcome.backend}: ${what}`);
    for (const story of outcome.stories) console.error(`\n${story}`);
  }
  console.error(`\nDOES NOT HOLD: --seed ${seed}; the logs are in ${folder}`);
}

function readOptions(args: readonly string[]): Options | null {
  const values = parsed({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '30' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      backend: { type: 'string', default: 'both' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    minutes: positive('--minutes', values.minutes),
    rate: positive('--rate', values.rate),
    seed: numberFrom('--seed', values.seed, { least: 0, whole: true }),
    backends: backendsOf(values.backend),
    temper: values.only === undefined ? USUAL : { ...USUAL, only: values.only },
    json: values.json,
  };
}

function backendsOf(name: string): readonly QueueKind[] {
  if (name === 'both') return ['redis', 'postgres'];
  if (name === 'redis' || name === 'postgres') return [name];
  throw new WrongOptions(`--backend takes redis, postgres or both, not ${JSON.stringify(name)}`);
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new WrongOptions(`${option} takes a number above 0, not ${JSON.stringify(text)}`);
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, '0')}`;
}
