import type { PostgresLedger } from '@latchkey/core';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@latchkey/examples/servers';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { claimed, granted, LONG_MS, SUCCEEDED, submission, submitted, wish } from './conformance/scenes.ts';
import { type OwnSchema, ownSchema } from './own-schema.ts';

// A server whose synchronous standby isn't there: every commit waits for it, until somebody cancels the wait.
let postgres: EmbeddedPostgres;
/** Waits for no standby itself. */
let own: OwnSchema;
let direct: PostgresLedger;
let ledger: PostgresLedger;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ name: 'latchkey-test-standby', flags: ['-c', 'fsync=off'] });
  const local = new URL(postgres.url);
  local.searchParams.set('options', '-c synchronous_commit=local');
  own = await ownSchema({ url: local.href });
  direct = await own.open();
  ledger = await own.open({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await standby('');
  await own.drop();
  await postgres.stop();
});
beforeEach(async () => {
  await standby('ghost');
  while (!(await isWaitedFor())) await nextLook();
});

/** Names the standby that commits wait for; none lets go those that wait. */
async function standby(name: string): Promise<void> {
  await own.sql(`alter system set synchronous_standby_names = '${name}'`);
  await own.sql('select pg_reload_conf()');
}

/** Whether a commit waits for the standby by now: the server's processes learn of the setting one by one. */
async function isWaitedFor(): Promise<boolean> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const commit = client.query("select pg_logical_emit_message(true, 'is the standby waited for?', '')");
  const waits = await Promise.race([
    commit.then(() => false),
    waiting('is the standby waited for?').then((pid) => own.sql('select pg_cancel_backend($1)', [pid])),
  ]);
  await commit;
  await client.end();
  return waits !== false;
}

const nextLook = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Returns the session that waits for the standby, once there is one that runs such a statement. */
async function waiting(statement: string): Promise<number> {
  return vi.waitFor(
    async () => {
      const rows = await own.sql<{ pid: number; query: string }>(
        "select pid, query from pg_stat_activity where wait_event = 'SyncRep'",
      );
      const pid = rows.find(({ query }) => query.includes(statement))?.pid;
      if (pid === undefined) throw new Error(`nothing like ${statement} waits for the standby`);
      return pid;
    },
    { timeout: 10_000, interval: 5 },
  );
}

const BARRIER = 'pg_logical_emit_message';

describe.each(['pg_cancel_backend', 'pg_terminate_backend'])(
  'a wait for the standby that ends by %s',
  (end) => {
    /** Ends a request's wait: it must go on waiting until what it did is durable. */
    async function heldBack<T>(request: Promise<T>, statement: string): Promise<T> {
      let done = false;
      const settled = request.then(() => {
        done = true;
      });
      await own.sql(`select ${end}($1)`, [await waiting(statement)]);
      await waiting(BARRIER);
      expect(done).toBe(false);
      await standby('');
      await settled;
      return request;
    }

    it('starts nothing on a claim before it is durable', async () => {
      const { id } = await submitted(direct);
      const claim = await heldBack(ledger.claim(wish(id)), 'claimant');
      expect(granted(claim).token).toBe(1);
    });

    it('starts nothing on an admission before it is durable', async () => {
      const one = submission();
      const claim = await heldBack(ledger.admit(one, wish(one.id)), 'on conflict');
      expect(granted(claim).token).toBe(1);
    });

    it('starts nothing on a take-over before it is durable', async () => {
      const held = await claimed(direct);
      await own.sql("update intent set lease_until = now() - interval '1 s' where id = $1", [held.id]);
      const claim = await heldBack(ledger.takeOver(wish(held.id), held.token), 'with old as');
      expect(granted(claim).token).toBe(2);
    });

    it('acknowledges an outcome only once it is durable', async () => {
      const held = await claimed(direct);
      const recorded = await heldBack(ledger.record(held, SUCCEEDED), 'finished_at');
      expect(recorded).toMatchObject({ kind: 'recorded', record: SUCCEEDED });
    });
  },
);

describe('a transactional effect whose wait for the standby', () => {
  const done = async (end: string, barrier: string) => {
    const held = await claimed(direct);
    const request = ledger.transact(held, LONG_MS, async () => SUCCEEDED);
    await own.sql(`select ${end}($1)`, [await waiting('commit')]);
    await waiting(barrier);
    await standby('');
    return request;
  };

  it('is cancelled is acknowledged only once it is durable', async () => {
    expect(await done('pg_cancel_backend', BARRIER)).toMatchObject({ kind: 'recorded', record: SUCCEEDED });
  });

  it('ends with its connection is read back, and acknowledged only once it is durable', async () => {
    expect(await done('pg_terminate_backend', 'for update')).toMatchObject({
      kind: 'recorded',
      record: SUCCEEDED,
    });
  });
});
