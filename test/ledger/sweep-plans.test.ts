import { afterAll, beforeAll, expect, it } from 'vitest';
import { INDEX_SETTINGS } from '../../packages/core/src/ledger/postgres/index-settings.ts';
import { openText } from '../../packages/core/src/ledger/postgres/statements/open-intents.ts';
import { purgeText } from '../../packages/core/src/ledger/postgres/statements/purge.ts';
import { tablesOf } from '../../packages/core/src/ledger/postgres/tables.ts';
import { type OwnSchema, ownSchema } from './own-schema.ts';
import { readBy, scansWithin } from './plans.ts';

const ROWS = 20_000;
const PAGE = 500;
const NIL = '00000000-0000-0000-0000-000000000000';
/** A backlog, submitted in batches of a hundred. */
const FILL = `insert into intent (id, action, key, key_version, fingerprint, state, submitted_by, input, replay_window_ms,
    created_xid)
  select md5(g::text)::uuid, 'a.backlog', 'k', 1, repeat('f', 64), 'pending', 'p', '{}', 1e12, g / 100
  from generate_series(1, ${ROWS}) g`;

let own: OwnSchema;
beforeAll(async () => {
  own = await ownSchema();
  for (const table of ['intent', 'straggler'])
    await own.sql(`alter table ${table} set (autovacuum_enabled = false)`);
  await own.sql(FILL);
}, 60_000);
afterAll(() => own.drop());

/** Rows of the ledger that a statement of the sweep reads. */
async function intentsReadBy(text: string, values: readonly unknown[]): Promise<number> {
  const scans = await scansWithin(own, INDEX_SETTINGS, text, values);
  const ofIntents = scans.filter((scan) => scan['Relation Name'] === 'intent');
  return ofIntents.reduce((sum, scan) => sum + readBy(scan), 0);
}

it.each([
  ['that nobody has analysed', 'select'],
  ['that is analysed', 'analyze intent, straggler, watermark'],
])('on a table %s, a page of a backlog costs no more than itself', async (_, first) => {
  await own.sql(first);
  const t = tablesOf(own.schema);
  for (const xid of ['0', '150']) {
    const read = await intentsReadBy(openText(t), ['a.backlog', xid, NIL, PAGE]);
    expect(read).toBeGreaterThanOrEqual(PAGE);
    expect(read).toBeLessThanOrEqual(2 * PAGE);
  }
  expect(await intentsReadBy(purgeText(t), ['a.backlog', PAGE])).toBeLessThanOrEqual(2 * PAGE);
});
