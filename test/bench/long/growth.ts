import { PostgresLedger, type Submission, submissionOf } from '@latchkey/core';
import pg from 'pg';
import { rateAfterWarmUp, ratioOf, type Spread, spreadOf } from '../arithmetic.ts';
import { sharedNow } from '../clock.ts';
import { benchAction, performedElsewhere } from '../contenders/bench-action.ts';
import type { Ground } from '../ground/ground.ts';

/** Claims of a ledger that holds so many intents already. */
export interface Growth {
  readonly rows: number;
  /** How it stood when all of them had gone through it, before anybody cleared up. */
  readonly filled: Filled;
  /** Claims and records a second. */
  readonly perSecond: Spread;
  /** Against the emptiest ledger, round by round. */
  readonly ratio: number;
}

/** What many intents at full rate leave in a ledger, where autovacuum alone clears up meanwhile. */
export interface Filled {
  /** Share of row versions in the ledger's table that are dead and not cleared away yet; 0 to 1. */
  readonly dead: number;
  /** Bytes on disk for each intent, in the ledger's table and its indexes. */
  readonly bytes: number;
}

/** What is measured, and how often. */
export interface GrowthPlan {
  /** Sizes of the ledgers, the emptiest first. */
  readonly rows: readonly number[];
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const INTENTS = 40_000;
/** Where the numbers of the intents begin that are measured: above those that fill a ledger. */
const MEASURED_FROM = 1_000_000_000;
const AT_ONCE = 200;
const CHUNK = 500_000;

/**
 * Claims and records intents on ledgers of several sizes, the sizes in turn, through the ledger that workers use. The
 * ledgers are filled beforehand in the same way, at full rate.
 */
export async function measureGrowth(ground: Ground, { rows, rounds, say }: GrowthPlan): Promise<Growth[]> {
  const names = rows.map((count) => `bench_${process.pid}_rows_${count}`);
  try {
    const ledgers: { readonly url: string; readonly filled: Filled }[] = [];
    for (const [index, count] of rows.entries()) {
      const url = await ground.newDatabase(names[index] as string);
      ledgers.push({ url, filled: await fillLedger(url, count, say) });
    }
    const speeds: number[][] = ledgers.map(() => []);
    for (const { url } of ledgers) await claimAndRecord(url, MEASURED_FROM);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [index, { url }] of ledgers.entries()) {
        const perSecond = await claimAndRecord(url, MEASURED_FROM + round * INTENTS);
        speeds[index]?.push(perSecond);
        say(
          `round ${round}/${rounds}  ledger of ${rows[index]} intents: ${Math.round(perSecond)} claims and records a second`,
        );
      }
    }
    return speeds.map((of, index) => ({
      rows: rows[index] ?? 0,
      filled: (ledgers[index] as (typeof ledgers)[number]).filled,
      perSecond: spreadOf(of),
      ratio: ratioOf(of, speeds[0] ?? []).median,
    }));
  } finally {
    for (const name of names) await ground.clear(name, name);
  }
}

/** Makes the ledger, and sends `count` intents through it. */
async function fillLedger(databaseUrl: string, count: number, say: (line: string) => void): Promise<Filled> {
  const ledger = await PostgresLedger.open({ databaseUrl, migrate: true });
  const client = new pg.Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    let filled: Filled = { dead: 0, bytes: 0 };
    for (let from = 0; from < count; from += CHUNK) {
      const since = sharedNow();
      const to = Math.min(from + CHUNK, count);
      await performAll(ledger, submissionsOfJobs(from, to));
      const perSecond = (to - from) / ((sharedNow() - since) / 1_000);
      filled = await lookAt(client, to);
      say(
        `filling a ledger: ${to} of ${count} intents, ${Math.round(perSecond)} a second, ` +
          `${(filled.dead * 100).toFixed(1)} % dead, ${Math.round(filled.bytes)} bytes each`,
      );
    }
    await client.query('vacuum analyze');
    await client.query('checkpoint');
    return filled;
  } finally {
    await client.end();
    await ledger.close();
  }
}

async function lookAt(client: pg.Client, count: number): Promise<Filled> {
  const { rows } = await client.query<Filled>(
    `select coalesce(n_dead_tup::float8 / nullif(n_dead_tup + n_live_tup, 0), 0) as dead,
       pg_total_relation_size(relid) / $1::float8 as bytes
     from pg_stat_user_tables where schemaname = 'latchkey' and relname = 'intent'`,
    [count],
  );
  return rows[0] as Filled;
}

const action = performedElsewhere(benchAction);

function submissionOfJob(job: number): Submission {
  return submissionOf(action, { job }, { submittedBy: 'bench' });
}

/** Claims and records one new intent, as a worker does around its effect. */
async function perform(ledger: PostgresLedger, submission: Submission): Promise<void> {
  const { id, key } = submission;
  const claim = { id, claimant: `bench/${id}`, kind: action.effect.kind, leaseMs: action.leaseMs };
  const claimed = await ledger.admit(submission, claim);
  if (claimed.kind !== 'claimed') throw new Error(`intent ${key} was there before`);
  await ledger.record(claimed.record, {
    state: 'succeeded',
    result: '{}',
    externalId: null,
    externalUrl: null,
  });
}

function* submissionsOfJobs(from: number, to: number): Generator<Submission> {
  for (let job = from; job < to; job += 1) yield submissionOfJob(job);
}

/** Performs all of them, many at once; answers when each was done, on the shared clock. */
async function performAll(
  ledger: PostgresLedger,
  submissions: IterableIterator<Submission>,
): Promise<number[]> {
  const ended: number[] = [];
  const slot = async () => {
    for (const submission of submissions) {
      await perform(ledger, submission);
      ended.push(sharedNow());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, slot));
  return ended;
}

/** Ids are derived beforehand: the less this process has to do, the more a slower database shows. */
async function claimAndRecord(databaseUrl: string, from: number): Promise<number> {
  const submissions = [...submissionsOfJobs(from, from + INTENTS)];
  const ledger = await PostgresLedger.open({ databaseUrl });
  try {
    return rateAfterWarmUp(await performAll(ledger, submissions.values()));
  } finally {
    await ledger.close();
  }
}
