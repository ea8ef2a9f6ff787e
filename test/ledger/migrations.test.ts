import { migrate, PostgresLedger } from '@latchkey/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ended, IN_DOUBT, SUCCEEDED } from './conformance/scenes.ts';
import { type OwnSchema, ownSchema } from './own-schema.ts';
import { startProcess } from './processes/start-process.ts';

let own: OwnSchema;
const migrated = () => migrate({ connectionString: own.url, schema: own.schema });
const opened = () => PostgresLedger.open({ databaseUrl: own.url, schema: own.schema });

afterEach(() => own.drop());

describe('migrate', () => {
  beforeEach(async () => {
    own = await ownSchema({ migrated: false });
  });

  it('makes the tables from nothing, and does nothing the second time', async () => {
    const { from, to, applied } = await migrated();
    expect([from, applied[0], applied.at(-1)?.slice(0, 4)]).toEqual([
      0,
      '0001_ledger',
      String(to).padStart(4, '0'),
    ]);
    expect(await migrated()).toEqual({ from: to, to, applied: [] });
    const kept = await own.sql<{ name: string }>('select name from migration order by version');
    expect(kept.map(({ name }) => name)).toEqual(applied);
  });

  it('makes up for a step that was passed over, and no ledger opens before', async () => {
    await migrated();
    await own.sql("delete from migration where name = '0002_generation'");
    await own.sql('drop table superseded');
    await own.sql('alter table intent drop column generation cascade, drop column rerun_at cascade');
    await expect(opened()).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: `schema ${own.schema} lacks step 0002_generation: run \`latchkey migrate\``,
    });
    expect(await migrated()).toMatchObject({ applied: ['0002_generation'] });
    await (await opened()).close();
  });

  it('is done by one of several processes that start at once', async () => {
    const argument = { url: own.url, schema: own.schema };
    const processes = await Promise.all([1, 2, 3].map(() => startProcess('migrates.ts', argument)));
    const done = await Promise.all(processes.map((one) => one.run()));
    expect(done.filter((one) => (one as { applied: string[] }).applied.length > 0)).toHaveLength(1);
  });

  it('leaves nothing behind when it fails half-way', async () => {
    await own.sql(`create schema "${own.schema}"`);
    await own.sql('create table history (of_another text)');
    await expect(migrated()).rejects.toMatchObject({ code: '42P07' });
    expect(await own.sql('select tablename from pg_tables where schemaname = $1', [own.schema])).toEqual([
      { tablename: 'history' },
    ]);
  });

  it('refuses a schema that is newer than this code, and says so', async () => {
    const { to } = await migrated();
    await own.sql("insert into migration (version, name) values (9999, '9999_of_the_future')");
    const newer = {
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(
        `schema ${own.schema} is at version 9999, newer than this code's ${to}`,
      ),
    };
    await expect(migrated()).rejects.toMatchObject(newer);
    await expect(opened()).rejects.toMatchObject(newer);
  });

  it('refuses a name that would not be plain in SQL', async () => {
    for (const schema of ['', 'a-b', 'A', '1a', 'a"; drop', 'a'.repeat(64)])
      await expect(migrate({ connectionString: own.url, schema })).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
      });
  });
});

describe('a ledger', () => {
  beforeEach(async () => {
    own = await ownSchema({ migrated: false });
  });

  it('does not open where its tables are missing, and says how to make them', async () => {
    await expect(opened()).rejects.toMatchObject({
      code: 'SCHEMA_MISSING',
      message: `the ledger's tables are not in schema ${own.schema}: run \`latchkey migrate\`, or start with migrate: true`,
    });
  });

  it('does not open on older tables, and says how to renew them', async () => {
    const { to } = await migrated();
    await own.sql('delete from migration');
    await expect(opened()).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: `schema ${own.schema} is at version 0, this code needs ${to}: run \`latchkey migrate\``,
    });
  });

  it('migrates first when it is told to', async () => {
    await own.open({ migrate: true });
    expect(await own.sql('select count(*)::integer as rows from intent')).toEqual([{ rows: 0 }]);
  });
});

describe('the history', () => {
  it.each(['update history set actor = null', 'delete from history', 'truncate history'])(
    'is append-only: %s',
    async (statement) => {
      own = await ownSchema();
      await ended(await own.open(), IN_DOUBT);
      const before = await own.sql('select * from history');
      await expect(own.sql(statement)).rejects.toMatchObject({
        code: '23001',
        message: 'the history is append-only',
      });
      expect(await own.sql('select * from history')).toEqual(before);
    },
  );
});

it('keeps no trace of an ordinary intent in the history', async () => {
  own = await ownSchema();
  await ended(await own.open(), SUCCEEDED);
  expect(await own.sql('select * from history')).toEqual([]);
});
