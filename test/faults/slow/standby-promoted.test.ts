import type { Answer } from '@latchkey/core';
import { describe, expect, test } from 'vitest';
import { BACKENDS, openStage, quiet } from '../../worker/setup/stage.ts';
import { expectNoFailedJobs, expectOneEffectEach, inTime, openLoad } from '../load.ts';
import { reportFault } from '../report.ts';
import { query, startReplicatedPostgres } from './setup/standby.ts';

const CASES = 25;

/** Sessions whose commit waits for the standby, the ledger's own look whether all is durable left out. */
const WAITING = `from pg_stat_activity where wait_event = 'SyncRep' and query not like '%pg_logical_emit_message%'`;
const BARRIERS = `select pid from pg_stat_activity
  where wait_event = 'SyncRep' and query like '%pg_logical_emit_message%'`;

describe.each(BACKENDS)(
  'a PostgreSQL with a synchronous standby (jobs in %s)',
  { timeout: 240_000 },
  (backend) => {
    test('fault 23: that is lost under load loses nothing: what clients were answered stands on the promoted standby', async (context) => {
      await using postgres = await startReplicatedPostgres();
      await using stage = await openStage(backend, { databaseUrl: postgres.url });
      const load = await openLoad(stage, { cases: CASES, slowMs: 40 });
      const intents = await load.submit();
      const seen = new Map<string, Answer>();
      for (const { handle } of intents)
        void handle.answer({ timeoutMs: 120_000 }).then(
          (answer) => seen.set(handle.id, answer),
          () => undefined, // those who wait below say it
        );
      for (let n = 0; n < 2; n += 1) await stage.startWorker(Object.values(load.actions), { concurrency: 6 });
      await inTime(async () => expect(seen.size).toBeGreaterThanOrEqual(20));
      const answered = new Map(seen);
      expect(answered.size).toBeLessThan(intents.length);
      await postgres.failOver();
      for (const [id, answer] of answered)
        expect((await load.client.find(id))?.answer).toEqual({ ...answer, replayed: true });
      const effects = await expectOneEffectEach(load, intents);
      expect(await stage.query('select pg_is_in_recovery() as standby')).toEqual([{ standby: false }]);
      await expectNoFailedJobs(stage, intents);
      reportFault(context, { times: 1, ...effects });
    });

    test('fault 23: whose wait for the standby is cancelled starts no effect on that claim, which the standby never had', async (context) => {
      await using postgres = await startReplicatedPostgres();
      await using stage = await openStage(backend, { databaseUrl: postgres.url });
      const load = await openLoad(stage, { cases: 2, slowMs: 0 });
      const intents = await load.submit();
      postgres.replication.hangUp();
      await stage.startWorker(Object.values(load.actions), { sweep: false });
      let cancelled = 0;
      await inTime(async () => {
        cancelled += (await query(postgres.primaryUrl, `select pg_cancel_backend(pid) ${WAITING}`)).length;
        expect(await query(postgres.primaryUrl, BARRIERS)).not.toHaveLength(0);
        const claimed = `select id from "${stage.settings.schema}".intent where state = 'claimed'`;
        expect(await query(postgres.primaryUrl, claimed)).not.toHaveLength(0);
      });
      expect(await load.effectsMade()).toBe(0);
      await postgres.failOver();
      const effects = await expectOneEffectEach(load, intents);
      await expectNoFailedJobs(stage, intents);
      reportFault(context, { times: cancelled, ...effects });
    });

    test('fault 23: that copies asynchronously makes a start warn', async (context) => {
      await using postgres = await startReplicatedPostgres();
      await query(postgres.primaryUrl, "alter system set synchronous_standby_names = ''");
      await query(postgres.primaryUrl, 'select pg_reload_conf()');
      await inTime(async () => {
        const rows = await query(postgres.primaryUrl, 'select sync_state from pg_stat_replication');
        expect(rows).toEqual([{ sync_state: 'async' }]);
      });
      await using stage = await openStage(backend, { databaseUrl: postgres.url });
      const load = await openLoad(stage, { cases: 1, slowMs: 0 });
      const warnings: unknown[] = [];
      const log = { ...quiet, warn: (fields: object) => void warnings.push(fields) };
      await stage.startWorker(Object.values(load.actions), { log });
      expect(warnings).toContainEqual(
        expect.objectContaining({ subject: 'postgresql', found: expect.stringMatching(/^asynchronous: /) }),
      );
      reportFault(context, { times: 1, wanted: 0, done: 0 });
    });
  },
);
