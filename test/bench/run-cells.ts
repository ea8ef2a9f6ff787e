import { pathToFileURL } from 'node:url';
import type { Troupe } from './child/troupe.ts';
import type { Contender } from './contender.ts';
import { contenderNamed } from './contenders.ts';
import type { Ground } from './ground/ground.ts';
import type { Measured } from './results.ts';
import type { Cell, Round } from './rounds/round.ts';
import { runRound } from './rounds/run-round.ts';
import type { Servers } from './servers.ts';

/** How many rounds are played. */
export interface Rounds {
  readonly least: number;
  readonly most: number;
  /** More than the least are played only if they will be over by then, on the clock of `performance.now()`. */
  readonly overBy: number;
}

/** What cells are run with. */
export interface Course {
  readonly ground: Ground;
  readonly servers: Servers;
  readonly troupe: Troupe;
  readonly rounds: Rounds;
  /** Told of each round as it ends. */
  say(line: string): void;
}

interface Running {
  readonly cell: Cell;
  title: string;
  readonly rounds: (Round | null)[];
  error?: string;
}

/**
 * Runs all cells, round after round: first each of them once, then each a second time, so that they share the weather.
 * Before that, each contender plays one round that isn't measured. A cell that fails is not tried again.
 */
export async function runCells(course: Course, cells: readonly Cell[]): Promise<Measured[]> {
  const running: Running[] = cells.map((cell) => ({ cell, title: cell.contender, rounds: [] }));
  for (const [index, cell] of firstOfEach(cells).entries()) {
    await play(course, cell, `0_${index}`)
      .then(() => course.say(`warm-up  ${nameOf(cell)}`))
      .catch(() => undefined); // its first round will say it
  }
  const { least, most, overBy } = course.rounds;
  const start = performance.now();
  for (let round = 1; round <= most; round += 1) {
    const now = performance.now();
    if (round > least && now + (now - start) / (round - 1) > overBy) break;
    for (const [index, one] of running.entries()) {
      const label = `round ${round}  ${nameOf(one.cell).padEnd(58)}`;
      one.rounds.push(await measure(course, one, `${round}_${index}`, label));
    }
  }
  return running;
}

async function measure(course: Course, one: Running, id: string, label: string): Promise<Round | null> {
  if (one.error !== undefined) return null;
  const start = performance.now();
  try {
    const round = await play(course, one.cell, id);
    one.title = (await load(one.cell)).title;
    course.say(
      `${label} ${figureOf(round).padEnd(28)} in ${((performance.now() - start) / 1_000).toFixed(1)} s`,
    );
    return round;
  } catch (error) {
    one.error = error instanceof Error ? error.message : String(error);
    course.say(`${label} FAILED: ${one.error}`);
    return null;
  }
}

/** Half of a round for each contender and number of processes, whose code is cold before. */
function firstOfEach(cells: readonly Cell[]): Cell[] {
  const first = new Map<string, Cell>();
  for (const cell of cells) {
    const name = `${cell.contender} ${cell.workers}`;
    if (!first.has(name)) first.set(name, { ...cell, jobs: Math.ceil(cell.jobs / 2) });
  }
  return [...first.values()];
}

async function play({ ground, servers, troupe }: Course, cell: Cell, id: string): Promise<Round> {
  const contender = contenderNamed(cell.contender);
  const loaded = await load(cell);
  const served = await servers.of(contender.name, loaded);
  return runRound({
    ground,
    troupe,
    cell,
    contender,
    preloads: loaded.preloads !== false,
    served,
    id: `bench_${process.pid}_${id}`,
  });
}

async function load({ contender }: Cell): Promise<Contender> {
  return ((await import(pathToFileURL(contenderNamed(contender).file).href)) as { contender: Contender })
    .contender;
}

/** A cell in a few words. */
export function nameOf({ axis, contender, concurrency, effectMs, workers, perSecond }: Cell): string {
  const parts = [axis, contender, `concurrency ${concurrency}`];
  if (effectMs > 0) parts.push(`${effectMs} ms`);
  if (workers > 1) parts.push(`${workers} processes`);
  if (perSecond !== undefined) parts.push(`${perSecond}/s`);
  return parts.join(' · ');
}

function figureOf({ perSecond, latency }: Round): string {
  if (latency !== undefined) return `p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`;
  return `${Math.round(perSecond).toLocaleString('en')} jobs/s`;
}
