import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startWorker } from '@latchkey/worker';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { BACKENDS, openStage, quiet } from '../../worker/setup/stage.ts';
import { expectNoFailedJobs, expectOneEffectEach, inTime, openLoad } from '../load.ts';
import { reportFault } from '../report.ts';
import { type CrashablePostgres, startCrashablePostgres } from './setup/crashable-postgres.ts';

const CASES = 10;
/** Enough for a client, a worker and the test itself, on both backends. */
const CONNECTIONS = 70;

/** BullMQ's own defaults: nothing here waits for a lock to be over. */
const PATIENT = { lockDurationMs: 30_000, stalledIntervalMs: 30_000 };

/** How often the server turned somebody away. */
function turnedAway({ dataDir }: CrashablePostgres): number {
  return readFileSync(path.join(dataDir, 'server.log'), 'utf8').split('too many clients already').length - 1;
}

/** Takes every connection that there is, those of others included, and keeps them. */
class Hog implements AsyncDisposable {
  readonly #url: string;
  readonly #taken: pg.Client[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** Ends the sessions of others, then takes all that is free, until nothing is. */
  async takeAll(): Promise<void> {
    for (let refused = 0; refused < 5; ) {
      const client = new pg.Client({ connectionString: this.#url, application_name: 'hog' });
      client.on('error', () => undefined);
      try {
        await client.connect();
        refused = 0;
        this.#taken.push(client);
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name <> 'hog' and backend_type = 'client backend'`,
        );
      } catch {
        refused += 1;
      }
    }
  }

  async release(): Promise<void> {
    await Promise.all(this.#taken.splice(0).map((client) => client.end()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

describe.each(BACKENDS)('connections (jobs in %s)', { concurrent: true, timeout: 240_000 }, (backend) => {
  test('fault 45: that are all taken by others: everything waits, and goes on with the first that is free', async (context) => {
    const flags = ['-c', `max_connections=${CONNECTIONS}`, '-c', 'superuser_reserved_connections=0'];
    await using postgres = await startCrashablePostgres(flags);
    await using stage = await openStage(backend, { databaseUrl: postgres.url });
    const load = await openLoad(stage, { cases: CASES, slowMs: 40 });
    await stage.startWorker(Object.values(load.actions), { concurrency: 4 });
    const early = await load.submit();
    await inTime(async () => expect(await load.effectsMade()).toBeGreaterThan(3));
    await using hog = new Hog(postgres.url);
    await hog.takeAll();
    const submitted = load.submit();
    const before = turnedAway(postgres);
    await inTime(async () => expect(turnedAway(postgres)).toBeGreaterThan(before + 10));
    await expect(
      startWorker({ ...stage.settings, actions: Object.values(load.actions), log: quiet }),
    ).rejects.toThrow(/it has no connection left.*max_connections/);
    await hog.release();
    const intents = [...early, ...(await submitted)];
    const effects = await expectOneEffectEach(load, intents);
    await expectNoFailedJobs(stage, intents);
    reportFault(context, { times: turnedAway(postgres), ...effects });
  });

  test('fault 45: of which a worker has few let the effects in the database wait their turn', async (context) => {
    await using stage = await openStage(backend);
    const load = await openLoad(stage, { cases: 40, slowMs: 0 });
    const intents = await load.submit();
    const blocker = new pg.Client({ connectionString: stage.settings.databaseUrl });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query(`lock table "${stage.settings.schema}".booking in share mode`); // inserts wait
    await stage.startWorker(Object.values(load.actions), { concurrency: 100, poolSize: 2, ...PATIENT });
    const others = intents.filter(({ kind }) => kind !== 'transactional');
    await expectOneEffectEach(load, others); // they aren't held up
    const waiting = await stage.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%${stage.settings.schema}%'`,
    );
    expect(waiting).toHaveLength(2);
    await blocker.query('rollback');
    await blocker.end();
    const effects = await expectOneEffectEach(load, intents);
    await expectNoFailedJobs(stage, intents);
    reportFault(context, { times: waiting.length, ...effects });
  });
});
