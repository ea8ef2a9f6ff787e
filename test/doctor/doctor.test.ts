import { type AnyAction, Unfit } from '@latchkey/core';
import { connect, startWorker } from '@latchkey/worker';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  type EmbeddedPostgres,
  type RunningRedis,
  startEmbeddedPostgres,
  startRedis,
} from '../../packages/examples/src/servers/index.ts';
import { runCli, type Variables } from '../cli/setup/cli-process.ts';
import { quiet } from '../worker/setup/stage.ts';

interface Row {
  readonly subject: string;
  readonly check: string;
  readonly verdict: string;
  readonly found: string;
  readonly todo?: string;
}

/** What the command says of servers, and how it ends. */
async function doctor(env: Variables, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(['doctor', '--json', ...args], env);
  const { verdict, findings } = JSON.parse(stdout) as { verdict: string; findings: Row[] };
  const row = (subject: string, check: string): Row | undefined =>
    findings.find((one) => one.subject === subject && one.check === check);
  return { code, stderr, verdict, findings, row };
}

let sound: EmbeddedPostgres;
let redis: RunningRedis;
beforeAll(async () => {
  [sound, redis] = await Promise.all([
    startEmbeddedPostgres({ name: 'latchkey-doctor-postgres' }),
    startRedis({ url: '' }),
  ]);
}, 120_000);
afterAll(() => Promise.all([sound?.stop(), redis?.stop()]));

/** A database of the sound server, with settings of its own. */
async function database(name: string, settings: Readonly<Record<string, string>> = {}, options = '') {
  const server = new pg.Client({ connectionString: sound.url });
  await server.connect();
  await server.query(`create database ${name} ${options}`);
  for (const [setting, value] of Object.entries(settings)) {
    await server.query(`alter database ${name} set ${setting} = ${value}`);
  }
  await server.end();
  const url = new URL(sound.url);
  url.pathname = `/${name}`;
  return url.href;
}

describe('latchkey doctor', () => {
  test('finds nothing wrong with sound servers once the tables are there, and ends with 0', async () => {
    const env = { DATABASE_URL: await database('sound'), REDIS_URL: redis.url };
    const before = await doctor(env);
    expect(before).toMatchObject({ code: 3, verdict: 'refuse' });
    expect(before.row('postgresql', "the ledger's tables")?.found).toContain('run `latchkey migrate`');
    await runCli(['migrate'], env);

    const after = await doctor(env, '--actions', './actions.ts');
    expect(after.findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(after).toMatchObject({ code: 0, verdict: 'ok', stderr: '' });
    expect(after.row('postgresql', 'fsync')?.found).toBe('on');
    expect(after.row('redis', 'persistence')?.found).toContain('none: a restart loses the jobs');
    expect(after.row('settings', 'key window')?.found).toMatch(/^fits/);

    const table = await runCli(['doctor'], env);
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^ok {2}postgresql {2}reachable +postgres:\/\/postgres:\*\*\*@/);
    expect(table.stdout).toMatch(/^ok {2}redis +maxmemory-policy +noeviction$/m);
    expect(table.stdout).not.toContain(new URL(sound.url).password);
    expect(table.stdout).not.toContain(new URL(redis.url).password);
  });

  test('refuses fsync off, unless it is accepted', async () => {
    const env = { DATABASE_URL: inject('postgresUrl'), LATCHKEY_SCHEMA: 'doctor_nothing' };
    const refused = await doctor(env);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^latchkey: a start would be refused: postgresql fsync, /);
    expect(refused.row('postgresql', 'fsync')).toMatchObject({ verdict: 'refuse', found: 'off' });
    const accepted = await doctor({ ...env, LATCHKEY_ACCEPT_UNSAFE_DATABASE: 'yes' });
    expect(accepted.row('postgresql', 'fsync')).toMatchObject({ verdict: 'warn' });
  });

  test('warns of commits that are not waited for, and refuses what takes no writes', async () => {
    const lazy = await doctor({ DATABASE_URL: await database('lazy', { synchronous_commit: 'off' }) });
    expect(lazy.row('postgresql', 'synchronous_commit')).toMatchObject({ verdict: 'warn', found: 'off' });
    const url = await database('frozen', { default_transaction_read_only: 'on' });
    const frozen = await doctor({ DATABASE_URL: url });
    expect(frozen.row('postgresql', 'writable')).toMatchObject({ verdict: 'refuse', found: 'read-only' });
  });

  test('refuses another encoding than UTF8', async () => {
    const options = "encoding 'LATIN1' template template0 locale_provider libc locale 'C'";
    const { row } = await doctor({ DATABASE_URL: await database('latin', {}, options) });
    expect(row('postgresql', 'encoding')).toMatchObject({ verdict: 'refuse', found: 'LATIN1' });
  });

  test('counts the connections that are left for this process', async () => {
    const url = await database('crowded');
    const server = new pg.Client({ connectionString: url });
    await server.connect();
    await server.query('alter database crowded connection limit 20');
    await server.end();
    const { row } = await doctor({ DATABASE_URL: url });
    expect(row('postgresql', 'connections')).toMatchObject({
      verdict: 'warn',
      found: expect.stringMatching(/^\d+ of 20 free, this process may open 57$/),
    });
  });

  test('says of an old schema to migrate, and of a newer one to deploy', async () => {
    const env = { DATABASE_URL: await database('old'), REDIS_URL: redis.url };
    await runCli(['migrate'], env);
    const server = new pg.Client({ connectionString: env.DATABASE_URL });
    await server.connect();
    await server.query('delete from latchkey.migration');
    const old = await doctor(env);
    await server.query("insert into latchkey.migration (version, name) values (999, 'of tomorrow')");
    const tomorrow = await doctor(env);
    await server.end();
    expect(old.row('postgresql', "the ledger's tables")?.found).toMatch(
      /at version 0, .*run `latchkey migrate`/,
    );
    expect(tomorrow.row('postgresql', "the ledger's tables")?.found).toContain('deploy the newer code');
  });

  test('warns of a Redis that evicts', async () => {
    await using _ = await evicting();
    const { row, code } = await doctor({ DATABASE_URL: await database('evicted'), REDIS_URL: redis.url });
    expect(row('redis', 'maxmemory-policy')).toMatchObject({ verdict: 'warn', found: 'allkeys-lru' });
    expect(code).toBe(3); // the tables are missing there
  });

  test('says in rows what is down, and looks at the rest', async () => {
    const down = await doctor({
      DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/app',
      REDIS_URL: redis.url,
    });
    expect(down.code).toBe(3);
    expect(down.row('postgresql', 'reachable')).toMatchObject({
      verdict: 'refuse',
      found: expect.stringContaining('nothing listens there'),
    });
    expect(down.row('redis', 'version')?.verdict).toBe('ok');
    expect(JSON.stringify(down.findings)).not.toContain('hunter2');
  });

  test('warns of settings that contradict each other', async () => {
    const env = { DATABASE_URL: sound.url, LATCHKEY_LOCK_MS: '500', LATCHKEY_STALLED_MS: '90000000' };
    const { row } = await doctor(env, '--actions', './actions.ts');
    expect(row('settings', 'lock')).toMatchObject({ verdict: 'warn', found: 'a lock of 500 ms' });
    expect(row('settings', 'key window')).toMatchObject({
      verdict: 'warn',
      found: expect.stringMatching(/^action cli\.keyed: keyTtlMs \d+ is over before/),
    });
  });
});

async function evicting(): Promise<AsyncDisposable> {
  const { Redis } = await import('ioredis');
  const admin = new Redis(redis.url);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  return {
    [Symbol.asyncDispose]: async () => {
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      admin.disconnect();
    },
  };
}

describe('a start', () => {
  const actions: AnyAction[] = [];

  test.each([
    ['a client', connect],
    ['a worker', startWorker],
  ])(
    'of %s refuses a database whose crash forgets claims, before anything is made there',
    async (_, start) => {
      const { keyed } = (await import('../cli/modules/actions.ts')) as { keyed: AnyAction };
      const settings = {
        databaseUrl: inject('postgresUrl'),
        schema: 'doctor_untouched',
        migrate: true,
        log: quiet,
      };
      const refusal = start({ ...settings, actions: [keyed] });
      await expect(refusal).rejects.toThrow(Unfit);
      await expect(refusal).rejects.toThrow(/postgresql, fsync: off; .*LATCHKEY_ACCEPT_UNSAFE_DATABASE=yes/);
      const server = new pg.Client({ connectionString: inject('postgresUrl') });
      await server.connect();
      const { rows } = await server.query("select 1 from pg_namespace where nspname = 'doctor_untouched'");
      await server.end();
      expect(rows).toEqual([]);
    },
  );

  test('logs each warning once', async () => {
    const { keyed } = (await import('../cli/modules/actions.ts')) as { keyed: AnyAction };
    const databaseUrl = await database('warned', { synchronous_commit: 'off' });
    const logged: string[] = [];
    const log = { ...quiet, warn: (_: unknown, message?: string) => void logged.push(message ?? '') };
    const settings = { databaseUrl, migrate: true, log };
    const worker = await startWorker({ ...settings, actions: [keyed] });
    await worker.close();
    expect(logged.filter((line) => line.includes('synchronous_commit'))).toEqual([
      'postgresql: synchronous_commit: off',
    ]);
    logged.length = 0;
    await (await connect({ ...settings, actions })).close(); // an operator
    expect(logged).toEqual([]);
  });
});
