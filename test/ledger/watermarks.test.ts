import type { PostgresLedger } from '@latchkey/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimed,
  ended,
  FAILED,
  found,
  IN_DOUBT,
  LONG_MS,
  ownAction,
  SUCCEEDED,
  submission,
  submitted,
} from './conformance/scenes.ts';
import { swept } from './conformance/sweeping.ts';
import { type OwnSchema, ownSchema, settled, someoneWaits } from './own-schema.ts';

const ANN = { by: 'ann', reason: 'I looked' };
/** A transaction id that no cluster in a test ever reaches. */
const OTHER_CLUSTER = '4000000000000';

let own: OwnSchema;
let ledger: PostgresLedger;

beforeAll(async () => {
  own = await ownSchema();
  ledger = await own.open();
});
afterAll(() => own.drop());

const xidOf = async (id: string) =>
  (await own.sql<{ xid: string }>('select created_xid as xid from intent where id = $1', [id]))[0]?.xid;
const watermarks = async (action: string) => {
  const [row] = await own.sql<{ open: string; purge: string }>(
    'select open_from as open, purge_from as purge from watermark where action = $1',
    [action],
  );
  return { open: BigInt(row?.open ?? 0), purge: BigInt(row?.purge ?? 0) };
};
const age = (id: string, ms: number) =>
  own.sql(
    `update intent set created_at = created_at - $2 * interval '1 ms', finished_at = finished_at - $2 * interval '1 ms'
     where id = $1`,
    [id, ms],
  );
const listed = async (id: string) =>
  (await own.sql('select list from straggler where intent_id = $1 order by list', [id])).map(
    ({ list }) => list,
  );

/** A caller's transaction that stays open. */
async function begun(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: own.url });
  await client.connect();
  await client.query('begin');
  return client;
}

describe('the watermark of the sweep', () => {
  it('moves behind what is finished', async () => {
    const action = ownAction();
    const done = await ended(ledger, SUCCEEDED, { action });
    await settled(own);
    expect(await swept(ledger, action)).toEqual([]);
    expect((await watermarks(action)).open).toBeGreaterThan(BigInt((await xidOf(done.id)) ?? 0));
  });

  it('stops before a young intent that is unfinished', async () => {
    const action = ownAction();
    await ended(ledger, SUCCEEDED, { action });
    const young = await submitted(ledger, { action });
    await ended(ledger, SUCCEEDED, { action });
    await settled(own);
    await swept(ledger, action);
    expect((await watermarks(action)).open).toBe(BigInt((await xidOf(young.id)) ?? 0));
  });

  it('passes an old one, which goes on a list until it is finished', async () => {
    const action = ownAction();
    const held = await claimed(ledger, { action });
    await age(held.id, 3_600_000);
    await settled(own);
    expect(await swept(ledger, action)).toEqual([held.id]);
    expect((await watermarks(action)).open).toBeGreaterThan(BigInt((await xidOf(held.id)) ?? 0));
    expect(await listed(held.id)).toEqual(['open']);
    await ledger.record(held, SUCCEEDED);
    expect(await swept(ledger, action)).toEqual([]);
    expect(await listed(held.id)).toEqual([]);
  });

  it('never passes what is not committed yet, however often it is swept meanwhile', async () => {
    const action = ownAction();
    const caller = await begun();
    const late = submission({ action });
    await ledger.submit(late, caller);
    for (let sweep = 0; sweep < 3; sweep += 1) {
      const done = await ended(ledger, SUCCEEDED, { action });
      await age(done.id, 2 * LONG_MS);
      expect(await swept(ledger, action)).toEqual([]);
      expect(await ledger.purge(action, 10)).toBe(0); // nor does the clean-up, which goes in the same order
    }
    await caller.query('commit');
    await caller.end();
    expect((await watermarks(action)).open).toBeLessThanOrEqual(BigInt((await xidOf(late.id)) ?? 0));
    expect(await swept(ledger, action)).toEqual([late.id]);
    await age(late.id, 2 * LONG_MS);
    await settled(own);
    expect(await ledger.purge(action, 10)).toBe(3);
  });

  it('starts again in another cluster, where a dump was restored', async () => {
    const action = ownAction();
    const done = await ended(ledger, SUCCEEDED, { action });
    const open = await submitted(ledger, { action });
    await age(done.id, 2 * LONG_MS);
    await own.sql('insert into watermark (action, open_from, purge_from) values ($1, $2, $2)', [
      action,
      OTHER_CLUSTER,
    ]);
    await settled(own);
    expect(await swept(ledger, action)).toEqual([open.id]);
    expect(await ledger.purge(action, 10)).toBe(1);
    const { open: openFrom, purge: purgeFrom } = await watermarks(action);
    expect(openFrom < BigInt(OTHER_CLUSTER) && purgeFrom < BigInt(OTHER_CLUSTER)).toBe(true);
  });

  it('shows what came from another cluster too, whose transactions lie in the future here', async () => {
    const action = ownAction();
    const restored = await submitted(ledger, { action });
    await own.sql('update intent set created_xid = $2 where id = $1', [restored.id, OTHER_CLUSTER]);
    const own_ = await submitted(ledger, { action });
    await settled(own);
    expect(await swept(ledger, action)).toEqual([own_.id, restored.id]);
    expect(await swept(ledger, action, 1)).toEqual([own_.id, restored.id]);
  });
});

describe('the clean-up', () => {
  it('works through many that share one transaction, however small its pages', async () => {
    const action = ownAction();
    const caller = await begun();
    for (let n = 0; n < 9; n += 1) await ledger.submit(submission({ action }), caller);
    await caller.query('commit');
    await caller.end();
    await own.sql(
      `update intent set state = 'cancelled', finished_at = now() - interval '1 hour', created_at = now() - interval '1 hour'
       where action = $1`,
      [action],
    );
    await settled(own);
    expect(await ledger.purge(action, 2)).toBe(9);
    expect(await ledger.purge(action, 2)).toBe(0);
  });

  it.each(['page', 'list'])(
    'leaves an intent alone that is replayed at the same moment (%s)',
    async (from) => {
      const action = ownAction();
      const failed = await ended(ledger, from === 'page' ? FAILED : IN_DOUBT, { action });
      await age(failed.id, 2 * LONG_MS);
      await settled(own);
      if (from === 'list') {
        await ledger.purge(action, 10); // passes the doubt, and puts it on the list
        await ledger.settle(failed.id, failed.token, FAILED, ANN);
        await age(failed.id, 2 * LONG_MS);
      }
      const replay = await begun();
      await replay.query(
        `update "${own.schema}".intent set state = 'pending', finished_at = null, told = token where id = $1`,
        [failed.id],
      );
      const purge = ledger.purge(action, 10);
      await someoneWaits(own);
      await replay.query('commit');
      await replay.end();
      expect(await purge).toBe(0);
      expect(await found(ledger, failed.id)).toMatchObject({
        state: 'pending',
        purged: false,
        input: failed.input,
      });
    },
  );

  it('lists a replayed intent, so that it is purged some day', async () => {
    const action = ownAction();
    const failed = await ended(ledger, FAILED, { action });
    await ledger.replay(failed.id, failed.token, ANN);
    expect(await listed(failed.id)).toEqual(['open', 'purge']);
  });

  it('keeps a doubt on its list, and takes it off with its purge', async () => {
    const action = ownAction();
    const doubt = await ended(ledger, IN_DOUBT, { action });
    await age(doubt.id, 2 * LONG_MS);
    await settled(own);
    expect(await ledger.purge(action, 10)).toBe(0);
    expect(await listed(doubt.id)).toEqual(['purge']);
    await ledger.settle(doubt.id, doubt.token, SUCCEEDED, ANN);
    await age(doubt.id, 2 * LONG_MS);
    expect(await ledger.purge(action, 10)).toBe(1);
    expect(await listed(doubt.id)).toEqual([]);
  });
});
