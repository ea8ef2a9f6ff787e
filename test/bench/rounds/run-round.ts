import { quantile, rateAfterWarmUp, warmUpOf } from '../arithmetic.ts';
import type { WorkReport } from '../child/orders.ts';
import { audit } from './audit.ts';
import { Crew } from './crew.ts';
import type { Cpu, Play, Round } from './round.ts';

/**
 * Runs one round on a database of its own, and clears up after it.
 *
 * @throws Error when a process fails or stalls, or when a job did not have exactly the effects that it should have.
 */
export async function runRound(play: Play): Promise<Round> {
  const { ground, troupe, cell, contender, id } = play;
  const crew = new Crew(play, await ground.newDatabase(id));
  let isDone = false;
  try {
    await crew.startProducer();
    const round = await ROUNDS[cell.kind](play, crew);
    isDone = await crew.rest();
    return round;
  } finally {
    if (!isDone) await troupe.dismiss(contender);
    await ground.clear(id, id);
  }
}

const ROUNDS = { throughput, duplicates, latency } as const;

/** All jobs are there before the workers; where that can't be, the workers are there before the jobs. */
function throughput(play: Play, crew: Crew): Promise<Round> {
  return withWrites(play, async () => {
    if (play.preloads) {
      await crew.fill();
      await crew.startWorkers();
      return measured(play, crew);
    }
    await crew.startWorkers();
    const [figures] = await Promise.all([measured(play, crew), crew.fill()]);
    return figures;
  });
}

/** All intents are finished when their jobs are added once more; the second time is measured. */
async function duplicates(play: Play, crew: Crew): Promise<Round> {
  await crew.fill();
  await crew.startWorkers();
  await crew.reached(play.cell.jobs);
  audit(await crew.reports(), 1);
  await crew.restWorkers();
  return withWrites(play, async () => {
    await crew.fill();
    await crew.startWorkers();
    return measured(play, crew, play.contender.isProtected ? 0 : 1);
  });
}

/** Jobs come at an even pace, whatever becomes of those before them. */
async function latency(play: Play, crew: Crew): Promise<Round> {
  const { jobs, perSecond = 1 } = play.cell;
  await crew.startWorkers();
  return withWrites(play, async () => {
    const [addedAt, figures] = await Promise.all([
      crew.producer.ask({ kind: 'pace', jobs, perSecond }),
      measured(play, crew),
    ]);
    const acknowledgedAt = merged(await crew.reports());
    const times = addedAt.map((at, job) => (acknowledgedAt[job] as number) - at).slice(warmUpOf(jobs));
    return { ...figures, latency: { p50: quantile(times, 0.5), p99: quantile(times, 0.99) } };
  });
}

/** Waits for all jobs of workers that run, and checks what they did. */
async function measured(
  play: Play,
  crew: Crew,
  effectsOfEach = 1,
): Promise<Pick<Round, 'perSecond' | 'cpu'>> {
  const { jobs } = play.cell;
  await crew.reached(warmUpOf(jobs));
  const [before, from] = [crew.cpuTime(), crew.acknowledged()];
  await crew.reached(jobs);
  const cpu = perJob(before, crew.cpuTime(), jobs - from);
  const reports = await crew.reports();
  audit(reports, effectsOfEach);
  return { perSecond: rateAfterWarmUp(merged(reports)), cpu };
}

/** When each job was acknowledged first. */
function merged(reports: readonly WorkReport[]): Float64Array {
  const [first, ...others] = reports.map(({ acknowledgedAt }) => acknowledgedAt);
  const times = Float64Array.from(first ?? []);
  for (const other of others) {
    for (const [job, at] of other.entries()) if (at > 0 && !((times[job] ?? 0) > 0)) times[job] = at;
  }
  return times;
}

function perJob(before: Cpu, after: Cpu, jobs: number): Cpu {
  const used = (who: keyof Cpu): number | null => {
    const [from, to] = [before[who], after[who]];
    // a round of few jobs may be over before anybody looks
    return from === null || to === null || jobs <= 0 ? null : (to - from) / jobs;
  };
  return { worker: used('worker'), postgres: used('postgres'), redis: used('redis'), server: used('server') };
}

/** Adds to a round's figures what PostgreSQL wrote meanwhile. */
async function withWrites(
  { ground, cell, id }: Play,
  body: () => Promise<Omit<Round, 'walBytes' | 'diskBytes'>>,
): Promise<Round> {
  const [wal, disk] = [await ground.walBytes(), await ground.databaseBytes(id)];
  const figures = await body();
  return {
    ...figures,
    walBytes: ((await ground.walBytes()) - wal) / cell.jobs,
    diskBytes: ((await ground.databaseBytes(id)) - disk) / cell.jobs,
  };
}
