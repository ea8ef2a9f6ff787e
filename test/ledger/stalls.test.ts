import type { PostgresLedger } from '@latchkey/core';
import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../faults/tcp-proxy.ts';
import {
  claimed,
  found,
  granted,
  LONG_MS,
  SUCCEEDED,
  submission,
  submitted,
  wish,
} from './conformance/scenes.ts';
import { type OwnSchema, ownSchema } from './own-schema.ts';

/** Longest wait for a statement in these tests, in milliseconds. */
const QUERY_TIMEOUT_MS = 300;

let own: OwnSchema;
let proxy: TcpProxy;
let ledger: PostgresLedger;
let direct: PostgresLedger;

beforeEach(async () => {
  own = await ownSchema();
  await own.sql('create table effect (row text primary key)');
  proxy = await TcpProxy.before(own.url);
  ledger = await own.open({
    databaseUrl: proxy.url(own.url),
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    applicationName: own.schema,
  });
  direct = await own.open();
});
afterEach(async () => {
  await proxy.heal();
  await own.drop();
  await proxy.close();
});

const insert = (row: string) => CompiledQuery.raw(`insert into "${own.schema}".effect values ($1)`, [row]);
/** Ends all of the ledger's sessions on the server, as a restart does. */
const endSessions = () =>
  own.sql('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [own.schema]);

describe('a connection that stalls', () => {
  it('is given up by a lane after the time for a statement', async () => {
    const { id } = await submitted(direct);
    await ledger.claim(wish(submission().id)); // connects
    proxy.stall();
    const began = performance.now();
    expect(granted(await ledger.claim(wish(id))).token).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(QUERY_TIMEOUT_MS * 0.9);
  });

  it('is given up by a lane once, though all that are open stall with it', async () => {
    const { id } = await submitted(direct);
    const held = await claimed(direct);
    const atOnce = await Promise.all([
      ledger.claim(wish(submission().id)),
      ledger.admit(submission(), wish(submission().id)),
      ledger.renew(held.id, held.token, LONG_MS),
      ledger.record(held, SUCCEEDED),
    ]);
    expect(proxy.open).toBeGreaterThanOrEqual(atOnce.length); // each on a connection of its own
    proxy.stall();
    const began = performance.now();
    expect(granted(await ledger.claim(wish(id))).token).toBe(1);
    expect(performance.now() - began).toBeLessThan(QUERY_TIMEOUT_MS * 2.5);
  });

  it('is given up by a rare statement after the time for a statement', async () => {
    const { id } = await submitted(direct);
    await ledger.find(id); // connects
    proxy.stall();
    const began = performance.now();
    expect((await found(ledger, id)).state).toBe('pending');
    expect(performance.now() - began).toBeGreaterThan(QUERY_TIMEOUT_MS * 0.9);
  });

  it('is given up in the middle of a transactional effect, which leaves nothing', async () => {
    const held = await claimed(direct);
    const done = await ledger.transact(held, 200, async (tx) => {
      await tx.executeQuery(insert(held.id));
      proxy.stall();
      await tx.executeQuery(insert('never answered'));
      return SUCCEEDED;
    });
    expect(done.kind).toBe('threw');
    expect(await own.sql('select * from effect')).toEqual([]);
    expect((await found(direct, held.id)).state).toBe('claimed');
  });

  it('does not hold the row of a transactional effect that stalled before its commit', async () => {
    const held = await claimed(direct);
    proxy.cut({ after: 'nothing', on: 'bytes' });
    const done = ledger.transact(held, 200, async (tx) => {
      // the row is locked, and then the network is gone
      await tx.executeQuery(
        CompiledQuery.raw(`update "${own.schema}".intent set told = told where id = $1`, [held.id]),
      );
      proxy.stall();
      return SUCCEEDED;
    });
    expect((await done).kind).toBe('threw');
    expect((await direct.record(held, SUCCEEDED)).kind).toBe('recorded');
  });
});

describe('a session that the server ends', () => {
  it('rolls back an effect that was between two statements, and not the process', async () => {
    const held = await claimed(direct);
    const done = await ledger.transact(held, LONG_MS, async (tx) => {
      await tx.executeQuery(insert(held.id));
      await endSessions();
      await new Promise((resolve) => setTimeout(resolve, 50)); // the news arrives while nobody asks
      return SUCCEEDED;
    });
    expect(done.kind).toBe('threw');
    expect(await own.sql('select * from effect')).toEqual([]);
  });

  it('frees what was done exclusively, and lets it come to its end', async () => {
    let ended = false;
    const ran = await ledger.exclusively('sweep', async () => {
      await endSessions();
      await new Promise((resolve) => setTimeout(resolve, 50));
      ended = true;
    });
    expect([ran, ended]).toEqual([true, true]);
    expect(await direct.exclusively('sweep', async () => undefined)).toBe(true);
  });

  it('is replaced, in every lane', async () => {
    for (let round = 0; round < 3; round += 1) {
      const one = submission();
      const held = granted(await ledger.admit(one, wish(one.id)));
      await endSessions();
      expect(await ledger.renew(held.id, held.token, LONG_MS)).toBe(true);
      expect((await ledger.record(held, SUCCEEDED)).kind).toBe('recorded');
    }
  });
});
