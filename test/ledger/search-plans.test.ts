import { createHash } from 'node:crypto';
import { keyWarnings, type SearchQuery, STATES } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyWarningsQuery } from '../../packages/core/src/ledger/postgres/key-warnings.ts';
import { SEARCH_SETTINGS } from '../../packages/core/src/ledger/postgres/read-within.ts';
import { COUNTED, countsQuery } from '../../packages/core/src/ledger/postgres/statements/counts.ts';
import {
  LOOKED_AT,
  type Query,
  searchQuery,
} from '../../packages/core/src/ledger/postgres/statements/search.ts';
import { tablesOf } from '../../packages/core/src/ledger/postgres/tables.ts';
import { criteriaOf } from '../../packages/core/src/ledger/search.ts';
import { searched } from './conformance/searching.ts';
import { type OwnSchema, ownSchema } from './own-schema.ts';
import { readBy, scansWithin } from './plans.ts';

const ROWS = 200_000;
const ACTIONS = ['a.one', 'a.two', 'a.three'];
/** Intents that are settled, and behind the watermark but for the last thousand. */
const FILL = `insert into intent (id, action, key, scope, key_version, fingerprint, state, token, submitted_by, input,
    result, external_id, error, sent_at, entity, entity_rule, replay_window_ms, created_at, created_xid, finished_at)
  select md5(g::text)::uuid, (array['a.one', 'a.two', 'a.three'])[1 + g % 3], 'k', case when g % 2 = 0 then 'acme' end, 1,
    repeat('f', 64), s, 1, 'p', '{}', case when s = 'succeeded' then '1' end, 'T-' || g % 10,
    case when s <> 'succeeded' then '{}' end, now(), case when g % 4 = 0 then repeat('e', 64) end,
    case when g % 4 = 0 then 'serial' end, 1e12, now() - (${ROWS} - g) * interval '1 s', g,
    case when s <> 'in_doubt' then now() end
  from (select g, case when g % 50 = 1 then 'failed' when g % 40 = 2 then 'in_doubt' else 'succeeded' end as s
    from generate_series(1, ${ROWS}) g) x`;

let own: OwnSchema;
beforeAll(async () => {
  own = await ownSchema();
  // or it counts a table while it is still empty, in the middle of what fills it
  for (const table of ['intent', 'notable', 'straggler', 'external_object'])
    await own.sql(`alter table ${table} set (autovacuum_enabled = false)`);
  await own.sql(FILL);
  await own.sql(`insert into external_object
    select substring(sha256(convert_to(external_id, 'UTF8')) for 8), created_xid, id from intent`);
  await own.sql(
    `insert into watermark (action, open_from) select a, ${ROWS - 1000} from unnest($1::text[]) a`,
    [ACTIONS],
  );
  await own.sql(`insert into straggler (list, action, intent_id, created_xid)
    select 'open', action, id, created_xid from intent where finished_at is null`);
}, 120_000);
afterAll(() => own.drop());

/** Runs a search's statement as a search does; answers the scans of its plan. */
const scansOf = ({ text, values }: Query) => scansWithin(own, SEARCH_SETTINGS, text, values);

/** Runs the statement as the ledger's pool does, without any settings; answers its scans. */
const plainScansOf = (text: string) => scansWithin(own, '', text);

const QUERIES: readonly (readonly [string, SearchQuery])[] = [
  ['everything', {}],
  ['an action', { action: 'a.two' }],
  ['what is rare', { states: ['in_doubt', 'awaiting_approval'] }],
  ['what is rare in an action', { states: ['failed'], action: 'a.one' }],
  ['what is on its way', { states: ['pending', 'claimed'] }],
  ['all but the succeeded', { states: STATES.filter((state) => state !== 'succeeded') }],
  ['the succeeded', { states: ['succeeded'] }],
  ['a tenant', { scope: 'acme' }],
  ["a tenant's action", { scope: 'acme', action: 'a.one', states: ['succeeded'] }],
  ['an entity', { entity: 'e'.repeat(64) }],
  ['an object', { externalId: 'T-3' }],
  ['a text', { text: 'T-3' }],
  ['an id', { text: '0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10' }],
  ['a key', { text: 'a.one:caseId=1' }],
  ['what no tenant has', { scope: 'nobody', states: ['failed'] }],
  ['a time', { from: new Date(Date.now() - 3_600_000) }],
  ['a time long ago', { from: new Date(0), action: 'a.one' }],
];

describe.each([
  ['that nobody has analysed', ''],
  ['that is analysed', 'analyze'],
])('on a table %s', (_, first) => {
  beforeAll(() => own.sql(first === '' ? 'select' : 'analyze intent, notable, straggler, external_object'));

  it.each(QUERIES)(
    'a search for %s walks indexes, and reads no more than a page looks at',
    async (_name, query) => {
      const places = [
        { xid: String(ROWS * 2), id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
        { xid: String(ROWS / 2), id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
      ];
      for (const place of places) {
        const actions = query.action === undefined ? ACTIONS : [query.action];
        const scans = await scansOf(searchQuery(tablesOf(own.schema), criteriaOf(query), place, actions));
        expect(scans.map((node) => node['Node Type'])).not.toContain('Seq Scan');
        // the plan tells averages, so that twice as many leaves room for rounding; without the index it is all of them
        for (const scan of scans) expect(readBy(scan)).toBeLessThanOrEqual(2 * LOOKED_AT);
      }
    },
  );

  it('counting reads no more than it counts', async () => {
    for (const scan of await scansOf(countsQuery(tablesOf(own.schema), 'a.one'))) {
      expect(scan['Node Type']).not.toBe('Seq Scan');
      expect(readBy(scan)).toBeLessThanOrEqual(2 * (COUNTED + 1));
    }
  });
});

it.each(['select', 'analyze history, intent'])(
  'signs of bad keys are read by themselves (%s)',
  async (first) => {
    await own.sql(`insert into history (intent_id, event, attempt, actor, detail)
    select md5(g::text)::uuid, case when g % 10000 = 0 then 'key_warning' else 'drifted' end, 0, 'p',
      '{"rule":"looks-fresh","path":"id","signs":3}' from generate_series(1, 40000) g`);
    await own.sql(first);
    const ledger = await own.open();
    const before = await keyWarnings(ledger.db, own.schema);
    expect(before.reduce((sum, { signs }) => sum + signs, 0) % 12).toBe(0);
    expect(before).toMatchObject([{ rule: 'looks-fresh', path: 'id' }, {}, {}]);
    const { sql } = keyWarningsQuery(own.schema).compile(ledger.db);
    const scans = await plainScansOf(sql);
    expect(scans.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    for (const scan of scans) expect(readBy(scan)).toBeLessThanOrEqual(100);
  },
);

it('finds all of it, page by page', async () => {
  const ledger = await own.open();
  const [{ count } = { count: 0 }] = await own.sql<{ count: number }>(
    "select count(*)::integer as count from intent where state in ('failed', 'in_doubt')",
  );
  const ids = await searched(ledger, { states: ['in_doubt', 'failed'], limit: 500 });
  expect(new Set(ids).size).toBe(count);
  expect(ids).toHaveLength(count);
  const unused = createHash('sha256').update('nobody').digest('hex');
  expect(await searched(ledger, { entity: unused })).toEqual([]);
});

it('says that it does not count on, and about how many there are', async () => {
  const ledger = await own.open();
  const counts = await ledger.counts({ action: 'a.one' });
  const succeeded = counts.find(({ state }) => state === 'succeeded');
  expect(succeeded?.exact).toBe(false);
  expect(succeeded?.count).toBeGreaterThan(ROWS / 6);
  expect(succeeded?.count).toBeLessThan(ROWS);
  expect(counts.find(({ state }) => state === 'failed')).toMatchObject({ exact: true });
});
