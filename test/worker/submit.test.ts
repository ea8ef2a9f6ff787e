import { defineAction, type IntentConflict } from '@latchkey/core';
import type { Client } from '@latchkey/worker';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countEffects, readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { reportFault } from '../faults/report.ts';
import { type ActionsByKind, actionsByKind, type CaseAction } from './setup/actions.ts';
import { effectsOf, type Recorders, remotesOf, startRecorders } from './setup/oracle.ts';
import type { PlainQueue } from './setup/plain-queue.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

describe.each(BACKENDS)('a submission, its jobs in %s', (backend) => {
  let stage: Stage;
  let remotes: Recorders;
  let actions: ActionsByKind;
  let client: Client;
  let queue: PlainQueue;
  /** Its remote drops no duplicate, so that every second performance is a second effect. */
  let send: CaseAction;

  beforeAll(async () => {
    stage = await openStage(backend);
    remotes = stage.use(await startRecorders());
    actions = actionsByKind(remotesOf(stage, remotes));
    send = actions.atMostOnce;
    client = await stage.connect(...Object.values(actions));
    queue = stage.openQueue();
    await stage.query('create table $schema.orders (case_id text primary key)');
    await stage.startWorker(Object.values(actions));
  });
  afterAll(() => stage.close());

  const effects = (caseId: string): Promise<number> => effectsOf(remotes.plain, send.name, caseId);

  test('is performed once and answered with what the remote gave', async () => {
    const handle = await client.submit(send, { caseId: 'A-1', body: 'Hello' });
    expect(handle).toMatchObject({ key: 'message.send:caseId=A-1', created: true, drift: [] });
    const answer = await handle.answer();
    expect(answer).toMatchObject({
      intentId: handle.id,
      key: handle.key,
      action: 'message.send',
      status: 'succeeded',
      result: { effectId: answer.externalId },
      replayed: false,
      attempt: 1,
    });
    expect(answer.error).toBeUndefined();
    expect(Date.parse(answer.completedAt ?? '')).not.toBeNaN();
    expect(await handle.status()).toBe('succeeded');
    expect(await effects('A-1')).toBe(1);
  });

  test('fault 34: repeated in other words is answered with the first result and names the drift', async ({
    task,
  }) => {
    const first = await (await client.submit(send, { caseId: 'A-2', body: 'Hello' })).answer();
    const again = await client.submit(send, { caseId: 'A-2', body: 'Good day' });
    expect(again.created).toBe(false);
    expect(await again.answer()).toEqual({ ...first, replayed: true, drift: ['body'] });
    expect(await effects('A-2')).toBe(1);
    await expect
      .poll(async () => (await client.find(again.id))?.story.map(({ event }) => event))
      .toContain('drifted');
    reportFault({ task }, { times: 1, wanted: 1, done: await effects('A-2') });
  });

  test('fault 34: that contradicts the first names the fields that differ, never their values', async ({
    task,
  }) => {
    const first = await client.submit(send, { caseId: 'A-3', note: 'secret-one' });
    const conflict = client.submit(send, { caseId: 'A-3', note: 'secret-two' });
    await expect(conflict).rejects.toMatchObject({
      code: 'INTENT_CONFLICT',
      intentId: first.id,
      fields: ['note'],
    });
    const error = (await conflict.catch((thrown: unknown) => thrown)) as IntentConflict;
    expect(error.message).not.toContain('secret');
    expect((await first.answer()).status).toBe('succeeded');
    expect(await effects('A-3')).toBe(1);
    reportFault({ task }, { times: 1, wanted: 1, done: await effects('A-3') });
  });

  test('that does not fit the schema or the key leaves nothing behind', async () => {
    const wrong = { caseId: 7 } as unknown as { caseId: string };
    await expect(client.submit(send, wrong)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(client.submit(send, { caseId: '' })).rejects.toMatchObject({ code: 'INVALID_KEY' });
    await expect(client.submit(send, { caseId: 'x'.repeat(300) })).rejects.toMatchObject({
      code: 'INVALID_KEY',
    });
    const rows = await stage.query('select 1 from $schema.intent where key like $1', ['%xxx%']);
    expect(rows).toEqual([]);
  });

  test('of a thousand at once, duplicates among them, has one effect an intent', async () => {
    const items = Array.from({ length: 1_000 }, (_, n) => ({
      action: send,
      input: { caseId: `B-${n % 900}` },
    }));
    const handles = await client.submitMany(items);
    expect(handles).toHaveLength(1_000);
    expect(handles.filter(({ created }) => created)).toHaveLength(900);
    const answers = await Promise.all(handles.map((handle) => handle.answer()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    for (let n = 0; n < 100; n += 1) expect(answers[900 + n]?.result).toEqual(answers[n]?.result);
    const made = countEffects(await readEffects(remotes.plain.logFile));
    const ofBulk = [...made].filter(([business]) => business.includes('key=B-'));
    expect(ofBulk).toHaveLength(900);
    expect(new Set(ofBulk.map(([, count]) => count))).toEqual(new Set([1]));
  });

  test('in bulk with one contradiction among them performs all others', async () => {
    const items = ['C-1', 'C-2', 'C-1'].map((caseId, n) => ({
      action: send,
      input: { caseId, note: n === 2 ? 'other' : 'first' },
    }));
    await expect(client.submitMany(items)).rejects.toMatchObject({ code: 'INTENT_CONFLICT' });
    await expect.poll(() => effects('C-2')).toBe(1);
    await expect.poll(() => effects('C-1')).toBe(1);
  });

  describe("inside a caller's transaction", () => {
    let kysely: Kysely<{ orders: { case_id: string } }>;
    let pool: pg.Pool;

    beforeAll(() => {
      pool = new pg.Pool({ connectionString: stage.settings.databaseUrl, max: 4 });
      kysely = new Kysely<{ orders: { case_id: string } }>({ dialect: new PostgresDialect({ pool }) });
    });
    afterAll(() => kysely.destroy());

    const orders = (caseId: string) =>
      stage.query('select 1 from $schema.orders where case_id = $1', [caseId]);

    test('of Kysely commits with its writes, and the job follows', async () => {
      const handle = await kysely.transaction().execute(async (tx) => {
        await tx.withSchema(stage.settings.schema).insertInto('orders').values({ case_id: 'D-1' }).execute();
        const submitted = await client.submit(send, { caseId: 'D-1' }, { tx });
        expect(await client.find(submitted.id)).toBeNull(); // nobody else sees it yet
        expect(await queue.getJobState(submitted.id)).toBe('unknown');
        return submitted;
      });
      expect(await handle.answer()).toMatchObject({ status: 'succeeded', replayed: false });
      expect([await effects('D-1'), (await orders('D-1')).length]).toEqual([1, 1]);
    });

    test('fault 43: of Kysely that rolls back leaves no intent and no job, and the handle says so', async ({
      task,
    }) => {
      let handle: Awaited<ReturnType<typeof client.submit>> | undefined;
      const rolledBack = kysely.transaction().execute(async (tx) => {
        handle = await client.submit(send, { caseId: 'D-2' }, { tx });
        throw new Error('the order is refused');
      });
      await expect(rolledBack).rejects.toThrow('the order is refused');
      await expect(handle?.answer()).rejects.toMatchObject({ code: 'ROLLED_BACK' });
      expect(await client.find(handle?.id ?? '')).toBeNull();
      expect(await queue.getJobState(handle?.id ?? '')).toBe('unknown');
      const later = await client.submit(send, { caseId: 'D-2' });
      expect(await later.answer()).toMatchObject({ replayed: false });
      expect(await effects('D-2')).toBe(1);
      reportFault({ task }, { times: 1, wanted: 1, done: await effects('D-2') });
    });

    test.each(['commit', 'rollback'] as const)('of a pg client, ended by %s', async (end) => {
      const caseId = `E-${end}`;
      const caller = await pool.connect();
      await caller.query('begin');
      await caller.query(`insert into ${stage.settings.schema}.orders values ($1)`, [caseId]);
      const handle = await client.submit(send, { caseId }, { tx: caller });
      const again = await client.submit(send, { caseId, body: 'again' }, { tx: caller });
      expect([handle.created, again.created, again.drift]).toEqual([true, false, ['body']]);
      await caller.query(end);
      caller.release();
      if (end === 'commit') {
        expect(await handle.answer()).toMatchObject({ status: 'succeeded', replayed: false });
      } else {
        await expect(handle.answer()).rejects.toMatchObject({ code: 'ROLLED_BACK' });
        await expect(again.answer()).rejects.toMatchObject({ code: 'ROLLED_BACK' });
        expect(await client.find(handle.id)).toBeNull();
      }
      expect([await effects(caseId), (await orders(caseId)).length]).toEqual(
        end === 'commit' ? [1, 1] : [0, 0],
      );
    });

    test('that waits for another transaction of the same intent finds what that one committed', async () => {
      const [one, two] = await Promise.all([pool.connect(), pool.connect()]);
      await Promise.all([one.query('begin'), two.query('begin')]);
      const first = await client.submit(send, { caseId: 'F-1' }, { tx: one });
      const waiting = client.submit(send, { caseId: 'F-1' }, { tx: two });
      await one.query('commit');
      const second = await waiting;
      await two.query('rollback'); // the intent isn't its own, so that this undoes nothing
      one.release();
      two.release();
      expect([first.created, second.created]).toEqual([true, false]);
      expect((await first.answer()).status).toBe('succeeded');
      expect(await effects('F-1')).toBe(1);
    });
  });

  test('is found with its story from submission to answer; an unknown id is not', async () => {
    const handle = await client.submit(send, { caseId: 'G-1' });
    const answer = await handle.answer();
    const found = await client.find(handle.id);
    expect(found?.answer).toEqual({ ...answer, replayed: true });
    expect(found?.record).toMatchObject({ id: handle.id, state: 'succeeded', token: 1, tries: 1 });
    expect(found?.story.map(({ event, attempt }) => [event, attempt])).toEqual([
      ['submitted', 0],
      ['claimed', 1],
      ['succeeded', 1],
    ]);
    expect(await client.find('00000000-0000-8000-8000-000000000000')).toBeNull();
  });

  test('fault 41: of two tenants with the same key are two intents', async ({ task }) => {
    const [red, blue] = await Promise.all(
      ['red', 'blue'].map((scope) => client.submit(send, { caseId: 'H-1', note: scope }, { scope })),
    );
    expect(red?.id).not.toBe(blue?.id);
    expect((await red?.answer())?.replayed).toBe(false);
    expect((await blue?.answer())?.replayed).toBe(false);
    const again = await client.submit(send, { caseId: 'H-1', note: 'red' }, { scope: 'red' });
    expect(await again.answer()).toMatchObject({ intentId: red?.id, replayed: true });
    const made = [await effects('red/H-1'), await effects('blue/H-1')] as const;
    expect(made).toEqual([1, 1]);
    reportFault({ task }, { times: 1, wanted: 2, done: made[0] + made[1] });
  });

  test('fault 35: under key fields that a deploy changed finds its intent, in both directions', async ({
    task,
  }) => {
    const until = new Date(Date.now() + 60_000).toISOString();
    const newer = defineAction({
      ...definitionOf(send),
      key: ['caseId', 'note'],
      keyVersion: 2,
      previousKeys: [{ version: 1, key: ['caseId'], until }],
    });
    const afterDeploy = await stage.connect(newer);
    const old = await client.submit(send, { caseId: 'I-1', note: 'n' });
    const oldAnswer = await old.answer();
    const found = await afterDeploy.submit(newer, { caseId: 'I-1', note: 'n' });
    expect(await found.answer()).toEqual({ ...oldAnswer, replayed: true });

    const first = await afterDeploy.submit(newer, { caseId: 'I-2', note: 'n' });
    const late = await client.submit(send, { caseId: 'I-2', note: 'n' }); // an old producer still runs
    expect(late.id).toBe(first.id);
    await first.answer();
    expect(await late.answer()).toMatchObject({ replayed: true });
    const made = [await effects('I-1'), await effects('I-2')] as const;
    expect(made).toEqual([1, 1]);
    reportFault({ task }, { times: 2, wanted: 2, done: made[0] + made[1] });
  });
});

/** What an action was defined with, its key aside. */
function definitionOf({ name, input, effect }: CaseAction) {
  return { name, input, effect, free: ['body'] as const };
}
