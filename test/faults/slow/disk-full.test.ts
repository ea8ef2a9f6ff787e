import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { BACKENDS, openStage } from '../../worker/setup/stage.ts';
import { expectNoFailedJobs, expectOneEffectEach, inTime, openLoad } from '../load.ts';
import { reportFault } from '../report.ts';
import { type CrashablePostgres, startCrashablePostgres } from './setup/crashable-postgres.ts';
import { mountSmallVolume, moveOnto, whyNoVolume } from './setup/small-volume.ts';
import { query } from './setup/standby.ts';

const CASES = 60;

/** How often the server's log says something; PostgreSQL is the witness of its own full disk. */
function timesLogged({ dataDir }: CrashablePostgres, what: RegExp): number {
  const log = readFileSync(path.join(dataDir, 'server.log'), 'utf8');
  return log.split('\n').filter((line) => what.test(line)).length;
}

/** A database of its own on the volume; the server's log stays elsewhere. */
async function databaseOn(postgres: CrashablePostgres, folder: string): Promise<string> {
  await query(postgres.url, `create tablespace small location '${folder}'`);
  await query(postgres.url, 'create database small tablespace small');
  const url = new URL(postgres.url);
  url.pathname = '/small';
  return url.href;
}

describe.each(BACKENDS)('a disk (jobs in %s)', { timeout: 240_000 }, (backend) => {
  test('fault 45: that is full where PostgreSQL keeps the tables: everything waits, and goes on with space', async (context) => {
    await using postgres = await startCrashablePostgres();
    const why = whyNoVolume(path.dirname(postgres.dataDir));
    if (why !== undefined) context.skip(why);
    using volume = mountSmallVolume(path.dirname(postgres.dataDir), 96);
    const databaseUrl = await databaseOn(postgres, volume.folder);
    await using stage = await openStage(backend, { databaseUrl });
    const load = await openLoad(stage, { cases: CASES, slowMs: 10 });
    await stage.startWorker(Object.values(load.actions), { concurrency: 4 });
    const [first] = await load.submit();
    await first?.handle.answer({ timeoutMs: 90_000 });
    volume.fill();
    const pending = [load.submit(), load.submit(), load.submit()];
    await inTime(async () => expect(timesLogged(postgres, /No space left on device/)).toBeGreaterThan(5));
    volume.free();
    const intents = (await Promise.all(pending)).flat();
    const effects = await expectOneEffectEach(load, intents);
    await expectNoFailedJobs(stage, intents);
    reportFault(context, { times: timesLogged(postgres, /No space left on device/), ...effects });
  });

  test('fault 45: that is full where PostgreSQL keeps its log: the server ends, and all goes on when it is back', async (context) => {
    const flags = ['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=64MB'];
    await using postgres = await startCrashablePostgres(flags);
    const why = whyNoVolume(path.dirname(postgres.dataDir));
    if (why !== undefined) context.skip(why);
    using volume = mountSmallVolume(path.dirname(postgres.dataDir), 160);
    await query(postgres.url, 'checkpoint');
    await postgres.crash('immediate');
    moveOnto(volume, path.join(postgres.dataDir, 'cluster', 'pg_wal'));
    await postgres.start(flags);
    await using stage = await openStage(backend, { databaseUrl: postgres.url });
    const load = await openLoad(stage, { cases: CASES, slowMs: 40 });
    await stage.startWorker(Object.values(load.actions), { concurrency: 6 });
    const intents = await load.submit();
    await inTime(async () => expect(await load.effectsMade()).toBeGreaterThan(5));
    volume.fill();
    const noise = "select pg_logical_emit_message(false, 'noise', repeat('x', 4000000))";
    await inTime(async () => {
      await query(postgres.url, noise).catch(() => undefined);
      expect(timesLogged(postgres, /PANIC:.*No space left on device/)).toBeGreaterThan(0);
    });
    await postgres.crash('immediate'); // it may still try to recover
    await expect(query(postgres.url, 'select 1')).rejects.toThrow();
    volume.free();
    await postgres.start(flags);
    const effects = await expectOneEffectEach(load, intents);
    await expectNoFailedJobs(stage, intents);
    reportFault(context, { times: timesLogged(postgres, /PANIC:.*No space left on device/), ...effects });
  });
});
