import { randomUUID } from 'node:crypto';
import type { PostgresLedger } from '@latchkey/core';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SESSION_SETTINGS } from '../../packages/core/src/ledger/postgres/session.ts';
import { admitText } from '../../packages/core/src/ledger/postgres/statements/admit.ts';
import { claimText } from '../../packages/core/src/ledger/postgres/statements/claim.ts';
import { findText } from '../../packages/core/src/ledger/postgres/statements/find.ts';
import { recordObjectsText, recordText } from '../../packages/core/src/ledger/postgres/statements/record.ts';
import { renewText } from '../../packages/core/src/ledger/postgres/statements/renew.ts';
import { submitText } from '../../packages/core/src/ledger/postgres/statements/submit.ts';
import { type Tables, tablesOf } from '../../packages/core/src/ledger/postgres/tables.ts';
import { claimed, granted, LONG_MS, SUCCEEDED, submission, submitted, wish } from './conformance/scenes.ts';
import { type OwnSchema, ownDatabase, ownSchema, someoneWaits } from './own-schema.ts';
import { startProcess } from './processes/start-process.ts';

const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));

describe('requests that come at once', () => {
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let own: OwnSchema;

  beforeEach(async () => {
    database = await ownDatabase();
    own = await ownSchema({ url: database.url });
  });
  afterEach(async () => {
    await own.drop();
    await database.drop();
  });

  /** Counters of this database, once they hold so many updates: sessions report when they end. */
  const counters = (updates: number) =>
    vi.waitFor(
      async () => {
        const [row] = await own.sql(
          `select n_tup_upd::integer as updates, n_tup_hot_upd::integer as hot,
             (select xact_commit::integer from pg_stat_database where datname = current_database()) as commits
           from pg_stat_user_tables where schemaname = $1 and relname = 'intent'`,
          [own.schema],
        );
        if (!(row?.updates >= updates)) throw new Error(`${row?.updates} updates so far`);
        return row as { updates: number; hot: number; commits: number };
      },
      { timeout: 20_000, interval: 20 },
    );

  it('share few commits', async () => {
    const [before] = await own.sql(
      'select xact_commit::integer as commits from pg_stat_database where datname = current_database()',
    );
    const ledger = await own.open();
    const held = await Promise.all(
      many(2000, async () => {
        const one = submission();
        return granted(await ledger.admit(one, wish(one.id)));
      }),
    );
    await Promise.all(held.map((record) => ledger.record(record, SUCCEEDED)));
    await ledger.close();
    const { commits } = await counters(2000);
    expect(commits - before?.commits).toBeLessThan(200); // of 4,000 requests
  });

  it('update in place, without touching an index', async () => {
    const ledger = await own.open();
    const all = await Promise.all(many(1000, () => submitted(ledger)));
    const left = all.values(); // shared by so many performers as a worker has
    const perform = async () => {
      for (const { id } of left) await ledger.record(granted(await ledger.claim(wish(id))), SUCCEEDED);
    };
    await Promise.all(many(100, perform));
    await ledger.close();
    const { updates, hot } = await counters(2000);
    // how many exactly depends on how soon old row versions are pruned, which a busy machine delays
    expect(hot / updates).toBeGreaterThanOrEqual(0.5);
  });

  it('change no column that an index holds', async () => {
    const indexed = await own.sql<{ attname: string }>(
      `select distinct a.attname from pg_index x
       join pg_attribute a on a.attrelid = x.indrelid and a.attnum = any(x.indkey)
       where x.indrelid = $1::regclass`,
      [`${own.schema}.intent`],
    );
    expect(indexed.map(({ attname }) => attname).toSorted()).toEqual([
      'action',
      'created_xid',
      'entity',
      'id',
      'scope',
    ]);
    const partial = await own.sql<{ where: string }>(
      `select pg_get_expr(indpred, indrelid) as "where" from pg_index
       where indrelid = $1::regclass and indpred is not null order by 1`,
      [`${own.schema}.intent`],
    );
    expect(partial.map(({ where }) => where)).toEqual(['(entity IS NOT NULL)', '(scope IS NOT NULL)']);
  });
});

describe('claims of one intent', () => {
  let own: OwnSchema;
  let ledger: PostgresLedger;

  beforeAll(async () => {
    own = await ownSchema();
    ledger = await own.open();
  });
  afterAll(() => own.drop());

  it('have one winner within one process, in one batch or in several', async () => {
    const all = await Promise.all(many(50, () => submitted(ledger)));
    const claims = await Promise.all(
      [...all, ...all, ...all].map(async ({ id }) => ({ id, kind: (await ledger.claim(wish(id))).kind })),
    );
    const winners = claims.filter(({ kind }) => kind === 'claimed').map(({ id }) => id);
    expect(winners.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
  });

  it('have one winner among several processes', async () => {
    const ids = (await Promise.all(many(500, () => submitted(ledger)))).map(({ id }) => id);
    const orders = [ids, ids.toReversed(), ids.toSorted()];
    const workers = await Promise.all(
      orders.map((order) => startProcess('claims.ts', { url: own.url, schema: own.schema, ids: order })),
    );
    const winners = (await Promise.all(workers.map((worker) => worker.run()))) as string[][];
    expect(winners.flat().toSorted()).toEqual(ids.toSorted());
    const tokens = await own.sql('select distinct token from intent where id = any ($1)', [ids]);
    expect(tokens).toEqual([{ token: 1 }]);
  });
});

describe('a request that is at fault', () => {
  let own: OwnSchema;
  let ledger: PostgresLedger;

  beforeAll(async () => {
    own = await ownSchema();
    ledger = await own.open();
  });
  afterAll(() => own.drop());

  it.each([
    ['a NUL character', { input: 'a\u0000b' }, '22021'],
    ['a key over its limit', { key: 'k'.repeat(256) }, '23514'],
    ['an id that is none', { id: 'none' }, '22P02'],
    ['a version out of range', { keyVersion: 99_999 }, '22003'],
    ['a fingerprint that is none', { fingerprint: 'short' }, '23514'],
  ])('fails alone: %s', async (_, fault, code) => {
    const good = many(60, () => submission());
    const requests = [...good.slice(0, 30), submission(fault), ...good.slice(30)];
    const settled = await Promise.allSettled(requests.map((one) => ledger.submit(one)));
    const failed = settled.filter((one) => one.status === 'rejected');
    expect(failed).toMatchObject([{ reason: { code } }]);
    const admitted = await Promise.allSettled(
      [submission(fault), submission()].map((one) => ledger.admit(one, wish(one.id))),
    );
    expect(admitted).toMatchObject([{ reason: { code } }, { value: { kind: 'claimed' } }]);
  });

  it('leaves its connection in order where it has earlier key versions', async () => {
    for (let n = 0; n < 3; n += 1) {
      const faulty = ledger.submit(submission({ key: 'k'.repeat(256), previousIds: [randomUUID()] }));
      await expect(faulty).rejects.toMatchObject({ code: '23514' });
      expect(await ledger.submit(submission({ previousIds: [randomUUID()] }))).toMatchObject({
        created: true,
      });
    }
  });

  it('fails alone when an outcome cannot be stored', async () => {
    const held = await Promise.all(many(20, () => claimed(ledger)));
    const settled = await Promise.allSettled(
      held.map((record, n) =>
        ledger.record(record, n === 7 ? { ...SUCCEEDED, result: '"\u0000"' } : SUCCEEDED),
      ),
    );
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await ledger.record(held[7] as never, SUCCEEDED)).toMatchObject({ kind: 'recorded' });
  });
});

describe("a caller's open transaction", () => {
  it('holds up nobody but who asks for the same intent', async () => {
    const own = await ownSchema();
    const ledger = await own.open();
    const caller = new pg.Client({ connectionString: own.url });
    await caller.connect();
    const one = submission();
    await caller.query('begin');
    await ledger.submit(one, caller);
    let done = false;
    const held = ledger.admit(one, wish(one.id)).finally(() => {
      done = true;
    });
    // they share its first batch, and the connections on which it is tried again
    const admitted = many(250, () => submission()).map((other) => ledger.admit(other, wish(other.id)));
    await someoneWaits(own);
    const kinds = (await Promise.all(admitted)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['claimed']));
    expect(done).toBe(false);
    await caller.query('commit');
    expect(await held).toMatchObject({ kind: 'claimed', record: { id: one.id } });
    await caller.end();
    await own.drop();
  });
});

describe('on an empty table that was never analysed', () => {
  const texts = {
    admitText,
    claimText: (t: Tables) => claimText(t, false),
    claimSharedText: (t: Tables) => claimText(t, true),
    findText,
    recordText,
    recordObjectsText,
    renewText,
    submitText,
  };
  let own: OwnSchema;
  let client: pg.Client;

  beforeAll(async () => {
    own = await ownSchema();
    client = new pg.Client({ connectionString: own.url });
    await client.connect();
    await client.query(SESSION_SETTINGS);
  });
  afterAll(async () => {
    await client.end();
    await own.drop();
  });

  it.each(Object.entries(texts))(
    '%s looks rows up by their key, in the order of the batch',
    async (_, text) => {
      const { rows } = await client.query(`explain (generic_plan) ${text(tablesOf(own.schema))}`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join|Memoize|Sort/);
      expect(plan).not.toMatch(/Index Scan.* on (intent|turn|applied_version)[^\n]*\n(?!\s*(Index Cond))/);
    },
  );
});

it('waits for nothing between requests, and leaves nothing behind when closed', async () => {
  const own = await ownSchema();
  const ledger = await own.open({ applicationName: own.schema });
  await ledger.renew(randomUUID(), 1, LONG_MS);
  await ledger.close();
  const sessions = async () =>
    expect(
      await own.sql('select pid from pg_stat_activity where application_name = $1', [own.schema]),
    ).toEqual([]);
  await vi.waitFor(sessions, { timeout: 10_000, interval: 10 });
  await own.drop();
});
