import { PostgresLedger, type Submission, submissionOf } from '@latchkey/core';
import pg from 'pg';
import { rateAfterWarmUp, ratioOf, type Spread, spreadOf } from '../arithmetic.ts';
import { sharedNow } from '../clock.ts';
import { benchAction, performedElsewhere } from '../contenders/bench-action.ts';
import type { Ground } from '../ground/ground.ts';

/** Claims of a ledger that holds so many intents already. */
export interface Growth {
  readonly rows: number;
  /** Claims and records a second. */
  readonly perSecond: Spread;
  /** Against the emptiest ledger, round by round. */
  readonly ratio: number;
}

/** What is measured, and how often. */
export interface GrowthPlan {
  /** Sizes of the ledgers, the emptiest first. */
  readonly rows: readonly number[];
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const INTENTS = 40_000;
/** Where the numbers of the intents begin that are not measured: above all others. */
const WARM_UP_FROM = 1_000_000_000;
const AT_ONCE = 200;
const CHUNK = 500_000;

/**
 * Claims and records intents on ledgers of several sizes, the sizes in turn, through the ledger that workers use. The
 * ledgers are filled beforehand with copies of an intent that went the whole way, under random ids.
 */
export async function measureGrowth(ground: Ground, { rows, rounds, say }: GrowthPlan): Promise<Growth[]> {
  const names = rows.map((count) => `bench_${process.pid}_rows_${count}`);
  try {
    const urls: string[] = [];
    for (const [index, count] of rows.entries()) {
      const url = await ground.newDatabase(names[index] as string);
      await fillLedger(url, count, say);
      urls.push(url);
    }
    const speeds: number[][] = urls.map(() => []);
    for (const url of urls) await claimAndRecord(url, WARM_UP_FROM);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [index, url] of urls.entries()) {
        const perSecond = await claimAndRecord(url, round * INTENTS);
        speeds[index]?.push(perSecond);
        say(
          `round ${round}/${rounds}  ledger of ${rows[index]} intents: ${Math.round(perSecond)} claims and records a second`,
        );
      }
    }
    return speeds.map((of, index) => ({
      rows: rows[index] ?? 0,
      perSecond: spreadOf(of),
      ratio: ratioOf(of, speeds[0] ?? []).median,
    }));
  } finally {
    for (const name of names) await ground.clear(name, name);
  }
}

/** Makes the ledger, and copies one finished intent until there are `count`. */
async function fillLedger(databaseUrl: string, count: number, say: (line: string) => void): Promise<void> {
  const ledger = await PostgresLedger.open({ databaseUrl, migrate: true });
  await perform(ledger, submissionOfJob(0));
  await ledger.close();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const copy = await copyText(client);
    for (let from = 1; from < count; from += CHUNK) {
      await client.query(copy, [from, Math.min(from + CHUNK, count) - 1]);
      say(`filling a ledger: ${Math.min(from + CHUNK - 1, count)} of ${count} intents`);
    }
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** Copies every column but those that tell one intent from another. */
async function copyText(client: pg.Client): Promise<string> {
  const own: Readonly<Record<string, string>> = {
    id: 'gen_random_uuid()',
    key: "'work:job=' || n",
    input: `'{"job":' || n || '}'`,
  };
  const columns = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'latchkey' and table_name = 'intent' and is_generated = 'NEVER' and column_name <> 'created_xid'`,
  );
  const names = columns.rows.map(({ name }) => name);
  return `insert into latchkey.intent (${names.join(', ')})
    select ${names.map((name) => own[name] ?? `i.${name}`).join(', ')}
    from generate_series($1::bigint, $2::bigint) n, (select * from latchkey.intent limit 1) i`;
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

/** Ids are derived beforehand: the less this process has to do, the more a slower database shows. */
async function claimAndRecord(databaseUrl: string, from: number): Promise<number> {
  const submissions = Array.from({ length: INTENTS }, (_, index) => submissionOfJob(from + index));
  const ledger = await PostgresLedger.open({ databaseUrl });
  try {
    const ended: number[] = [];
    const waiting = submissions.values();
    const slot = async () => {
      for (const submission of waiting) {
        await perform(ledger, submission);
        ended.push(sharedNow());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, slot));
    return rateAfterWarmUp(ended);
  } finally {
    await ledger.close();
  }
}
