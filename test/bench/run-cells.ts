import type { Contender } from './contender.ts';
import { contenderNamed } from './contenders.ts';
import type { Ground } from './ground/ground.ts';
import type { Measured } from './results.ts';
import type { Cell, Round } from './rounds/round.ts';
import { runRound } from './rounds/run-round.ts';
import type { Servers } from './servers.ts';

/** What cells are run with. */
export interface Course {
  readonly ground: Ground;
  readonly servers: Servers;
  readonly rounds: number;
  /** Told of each round as it ends. */
  say(line: string): void;
}

/** Runs all cells, round after round: first each of them once, then each a second time, so that they share the weather. */
export async function runCells(course: Course, cells: readonly Cell[]): Promise<Measured[]> {
  const results = cells.map((cell) => ({
    cell,
    rounds: [] as (Round | null)[],
    error: undefined as string | undefined,
  }));
  for (let round = 1; round <= course.rounds; round += 1) {
    for (const [index, result] of results.entries()) {
      if (result.error !== undefined) {
        result.rounds.push(null);
        continue;
      }
      const id = `bench_${process.pid}_${round}_${index}`;
      try {
        const measured = await playOne(course, result.cell, id);
        result.rounds.push(measured);
        course.say(
          `round ${round}/${course.rounds}  ${nameOf(result.cell).padEnd(52)} ${figureOf(measured)}`,
        );
      } catch (error) {
        result.error = error instanceof Error ? error.message : String(error);
        result.rounds.push(null);
        course.say(`round ${round}/${course.rounds}  ${nameOf(result.cell)} FAILED: ${result.error}`);
      }
    }
  }
  return results.map(({ error, ...result }) => (error === undefined ? result : { ...result, error }));
}

async function playOne({ ground, servers }: Course, cell: Cell, id: string): Promise<Round> {
  const contender = contenderNamed(cell.contender);
  const loaded = (await import(contender.file)) as { contender: Contender };
  const served = await servers.of(contender.name, loaded.contender);
  return runRound({
    ground,
    cell,
    contender,
    preloads: loaded.contender.preloads !== false,
    serverUrl: served?.url,
    serverPids: served?.pids ?? [],
    id,
  });
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
