import type { Ending, IntentRecord, PostgresLedger } from '@latchkey/core';
import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TcpProxy } from '../faults/tcp-proxy.ts';
import {
  claimed,
  DOUBT_DUE,
  ended,
  FAILED,
  found,
  granted,
  IN_DOUBT,
  LONG_MS,
  NOT_PERFORMED,
  SUCCEEDED,
  submission,
  submitted,
  wish,
} from './conformance/scenes.ts';
import { type OwnSchema, ownSchema } from './own-schema.ts';

/** Longest wait for a statement in these tests, in milliseconds. */
const QUERY_TIMEOUT_MS = 300;
const ANN = { by: 'ann', reason: 'I looked' };

let own: OwnSchema;
let proxy: TcpProxy;
/** Reaches the database through the proxy. */
let ledger: PostgresLedger;
/** Reaches it directly. */
let direct: PostgresLedger;

beforeEach(async () => {
  own = await ownSchema();
  await own.sql('create table effect (row text primary key)');
  proxy = await TcpProxy.before(own.url);
  ledger = await own.open({ databaseUrl: proxy.url(own.url), queryTimeoutMs: QUERY_TIMEOUT_MS });
  direct = await own.open();
});
afterEach(async () => {
  await proxy.heal();
  await own.drop();
  await proxy.close();
});

const told = async (id: string) =>
  (await direct.story(id)).map(({ event, attempt }) => `${attempt} ${event}`);
const broken = (times: number) => vi.waitFor(() => expect(proxy.broken).toBeGreaterThanOrEqual(times));

/** One request of each kind, none of which may fail. */
async function everything(): Promise<(() => Promise<unknown>)[]> {
  const [pending, held, doubt, failed] = [
    await submitted(direct),
    await claimed(direct),
    await ended(direct, DOUBT_DUE),
    await ended(direct, FAILED),
  ];
  const admitted = submission();
  const renewed = await claimed(direct);
  return [
    () => ledger.submit(submission()),
    () => ledger.submit(submission({ previousIds: [submission().id] })),
    () => ledger.admit(admitted, wish(admitted.id)),
    () => ledger.claim(wish(pending.id)),
    () => ledger.renew(renewed.id, renewed.token, LONG_MS),
    () => ledger.record(held, SUCCEEDED),
    () => ledger.settle(doubt.id, doubt.token, SUCCEEDED, ANN),
    () => ledger.replay(failed.id, failed.token, ANN),
    () => ledger.find(pending.id),
    () => ledger.story(pending.id),
    () => ledger.open(pending.action, null, 10),
    () => ledger.purge(pending.action, 10),
  ];
}

describe('a database that is away', () => {
  it('keeps every request waiting, and serves it when it is back', async () => {
    const requests = await everything();
    proxy.hangUp();
    const done: number[] = [];
    const all = Promise.all(requests.map((request, n) => request().then(() => done.push(n))));
    await broken(2 * requests.length);
    expect(done).toEqual([]);
    await proxy.heal();
    await all;
  });

  it('is waited for as well when it refuses connections', async () => {
    const one = submission();
    await proxy.refuse();
    const admitted = ledger.admit(one, wish(one.id));
    await expect(own.open({ databaseUrl: proxy.url(own.url) })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await proxy.heal();
    expect(await admitted).toMatchObject({ kind: 'claimed', record: { token: 1 } });
  });

  it('fails what waits when the ledger is closed', async () => {
    proxy.hangUp();
    const waiting = [
      ledger.claim(wish(submission().id)),
      ledger.find(submission().id),
      ledger.transact({ ...(await claimed(direct)) }, LONG_MS, async () => SUCCEEDED),
    ];
    const refused = waiting.map((request) =>
      expect(request).rejects.toMatchObject({ code: 'LEDGER_CLOSED' }),
    );
    await broken(waiting.length);
    await ledger.close();
    await Promise.all(refused);
    await expect(ledger.claim(wish(submission().id))).rejects.toMatchObject({ code: 'LEDGER_CLOSED' });
  });
});

describe.each(['answer', 'bytes'] as const)('an acknowledgement that is lost (%s)', (on) => {
  it('leads to one claim, which its holder recognises', async () => {
    const { id } = await submitted(direct);
    const mine = wish(id);
    proxy.cut({ after: mine.claimant, on });
    expect(granted(await ledger.claim(mine))).toMatchObject({ token: 1, claimant: mine.claimant });
    expect(proxy.broken).toBe(1);
    expect(await told(id)).toEqual(['0 submitted', '1 claimed']);
  });

  it('leads to one admission, which its holder recognises', async () => {
    const one = submission();
    const mine = wish(one.id);
    proxy.cut({ after: mine.claimant, on });
    expect(granted(await ledger.admit(one, mine))).toMatchObject({ token: 1, claimant: mine.claimant });
    expect(proxy.broken).toBe(1);
  });

  it('takes every request of a batch along, and settles each once', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => submitted(direct)));
    await ledger.claim(wish(submission().id)); // connects, so that what follows makes batches
    const wishes = all.map(({ id }) => wish(id));
    proxy.cut({ after: wishes[25]?.claimant ?? '', on });
    const claims = await Promise.all(wishes.map((mine) => ledger.claim(mine)));
    expect(claims.map((claim) => granted(claim).token)).toEqual(all.map(() => 1));
    expect(proxy.broken).toBe(1);
  });

  it('leads to one take-over', async () => {
    const held = await claimed(direct);
    await own.sql("update intent set lease_until = now() - interval '1 s' where id = $1", [held.id]);
    const mine = wish(held.id);
    proxy.cut({ after: mine.claimant, on });
    expect(granted(await ledger.takeOver(mine, held.token))).toMatchObject({ token: 2 });
    expect(proxy.broken).toBe(1);
    expect(await told(held.id)).toEqual(['0 submitted', '1 claimed', '1 lease_expired', '2 claimed']);
  });

  it('leads to one submission', async () => {
    const [plain, renewed] = [submission(), submission({ previousIds: [submission().id] })];
    for (const one of [plain, renewed]) {
      proxy.cut({ after: one.fingerprint, on });
      expect((await ledger.submit(one)).record).toMatchObject({ id: one.id, state: 'pending' });
    }
    expect(proxy.broken).toBe(2);
  });

  const endings: [Ending, string[]][] = [
    [SUCCEEDED, ['1 claimed', '1 succeeded']],
    [FAILED, ['1 claimed', '1 failed']],
    [NOT_PERFORMED, ['1 claimed', '1 not_performed']],
    [IN_DOUBT, ['1 claimed', '1 in_doubt']],
  ];
  it.each(endings)('records once ($state)', async (ending, story) => {
    const held = await claimed(direct);
    proxy.cut({ after: held.id, on });
    expect(await ledger.record(held, ending)).toMatchObject({
      kind: 'recorded',
      record: { state: ending.state },
    });
    expect(proxy.broken).toBe(1);
    expect(await told(held.id)).toEqual(['0 submitted', ...story]);
  });

  it('carries out a decision once, and says that it was carried out', async () => {
    const [doubt, asked, failed] = [
      await ended(direct, IN_DOUBT),
      await ended(direct, IN_DOUBT),
      await ended(direct, FAILED),
    ];
    const { id } = await submitted(direct, { approvalMs: LONG_MS });
    const decisions = [
      [doubt, () => ledger.settle(doubt.id, doubt.token, SUCCEEDED, ANN)],
      [asked, () => ledger.settle(asked.id, asked.token, DOUBT_DUE, ANN)],
      [failed, () => ledger.replay(failed.id, failed.token, ANN)],
      [{ id }, () => ledger.decide(id, 'approve', ANN)],
    ] as const;
    for (const [intent, decide] of decisions) {
      const before = (await told(intent.id)).length;
      proxy.cut({ after: intent.id, on });
      expect((await decide()).kind).toBe('recorded');
      expect(await told(intent.id)).toHaveLength(before + 1);
    }
    expect(proxy.broken).toBe(decisions.length);
    expect((await found(direct, asked.id)).asked).toBe(1);
  });
});

describe('the acknowledgement of an effect that commits with its outcome', () => {
  const perform = (held: IntentRecord) =>
    ledger.transact(held, LONG_MS, async (tx) => {
      await tx.executeQuery(CompiledQuery.raw(`insert into "${own.schema}".effect values ($1)`, [held.id]));
      return SUCCEEDED;
    });
  const effects = () => own.sql('select row from effect');

  it('is read back when it is lost', async () => {
    const held = await claimed(direct);
    proxy.cut({ after: 'commit', on: 'answer' });
    expect(await perform(held)).toMatchObject({ kind: 'recorded', record: SUCCEEDED });
    expect([proxy.broken, await effects()]).toEqual([1, [{ row: held.id }]]);
  });

  it('is read back when nobody knows whether the server got to it', async () => {
    const held = await claimed(direct);
    proxy.cut({ after: 'commit', on: 'bytes' });
    const done = await perform(held);
    const committed = done.kind === 'recorded';
    expect((await found(direct, held.id)).state).toBe(committed ? 'succeeded' : 'claimed');
    expect(await effects()).toHaveLength(committed ? 1 : 0);
    expect(proxy.broken).toBe(1);
  });

  it('never comes when the connection breaks before: then nothing happened', async () => {
    const held = await claimed(direct);
    proxy.cut({ after: held.id, on: 'answer' });
    const done = await perform(held);
    expect(done.kind).toBe('threw');
    expect(await effects()).toEqual([]);
    expect((await found(direct, held.id)).state).toBe('claimed');
  });
});
