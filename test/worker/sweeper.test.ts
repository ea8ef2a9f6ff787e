import { type AnyAction, submissionOf } from '@latchkey/core';
import { type Client, type Runtime, Sweeper, type Swept } from '@latchkey/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueueBackend } from '../../packages/worker/src/queue/queue-backend.ts';
import { reportFault } from '../faults/report.ts';
import { type ActionsByKind, actionsByKind, type CaseAction, KINDS } from './setup/actions.ts';
import { bookings, effectsOf, type Recorders, remotesOf, startRecorders } from './setup/oracle.ts';
import type { PlainQueue } from './setup/plain-queue.ts';
import { BACKENDS, openStage, quiet, type Stage } from './setup/stage.ts';

/** What a sweep with nothing to do reports. */
const NOTHING: Swept = { dispatched: 0, expired: 0, purged: 0 };

describe.each(BACKENDS)('a sweep, its jobs in %s', (backend) => {
  let recorders: Recorders;

  beforeAll(async () => {
    recorders = await startRecorders();
  });
  afterAll(() => recorders[Symbol.asyncDispose]());

  /** A stage on which nothing sweeps or works by itself. */
  interface Scene extends AsyncDisposable {
    readonly stage: Stage;
    readonly actions: ActionsByKind;
    readonly client: Client;
    readonly runtime: Runtime;
    readonly queue: PlainQueue;
    sweeper(graceMs?: number): Sweeper;
    /** Starts a worker that doesn't sweep. */
    work(): Promise<unknown>;
    /** Writes an intent as a producer does that dies before it adds the job. */
    writeWithoutJob(action: AnyAction, caseId: string): Promise<string>;
    /** Makes all intents look older than they are. */
    age(interval: string): Promise<unknown>;
  }

  async function openScene(): Promise<Scene> {
    const stage = await openStage(backend);
    const actions = actionsByKind(remotesOf(stage, recorders), { replayWindowMs: 600_000 });
    await stage.query(bookings);
    const [runtime, client] = await Promise.all([
      stage.openRuntime('sweeper'),
      stage.connect(...Object.values(actions)),
    ]);
    const { queueName: name, queue: kind, databaseUrl, redisUrl } = stage.settings;
    const backends = openQueueBackend({ kind, name, databaseUrl, redisUrl, prefix: 'bull', log: quiet });
    stage.use({ [Symbol.asyncDispose]: () => backends.close() });
    const aged = ['created_at', 'claimed_at', 'sent_at', 'lease_until', 'due_at', 'finished_at'];
    return {
      stage,
      actions,
      client,
      runtime,
      queue: stage.openQueue(),
      sweeper: (graceMs = 0) =>
        new Sweeper(runtime, backends.queue, Object.values(actions), { intervalMs: 1_000, graceMs }),
      work: () => stage.startWorker(Object.values(actions), { sweep: false }),
      writeWithoutJob: async (action, caseId) => {
        const submission = submissionOf(action, { caseId }, { submittedBy: 'a producer that died' });
        return (await runtime.ledger.submit(submission)).record.id;
      },
      age: (interval) =>
        stage.query(
          `update $schema.intent set ${aged.map((column) => `${column} = ${column} - interval '${interval}'`)}`,
        ),
      [Symbol.asyncDispose]: stage.close,
    };
  }

  const effects = (action: CaseAction, caseId: string) => effectsOf(recorders.plain, action.name, caseId);

  async function stateOf({ client }: Scene, id: string): Promise<string | undefined> {
    return (await client.find(id))?.answer.status;
  }

  /** Sweeps until so many tombstones were made: a transaction anywhere on the server, as other tests have, holds it up. */
  async function expectPurged(scene: Scene, intents: number): Promise<void> {
    let purged = 0;
    const sweep = async () => {
      purged += (await scene.sweeper().runOnce())?.purged ?? 0;
      return purged;
    };
    await expect.poll(sweep, { timeout: 40_000, interval: 200 }).toBe(intents);
  }

  test('fault 1: adds the job that a dead producer did not, once it is overdue; fault 2: and only once', async ({
    task,
  }) => {
    await using scene = await openScene();
    const send = scene.actions.atMostOnce;
    const id = await scene.writeWithoutJob(send, `sweep-1-${backend}`);
    const sweeper = scene.sweeper(60_000);
    expect(await sweeper.runOnce()).toEqual(NOTHING); // its producer may be about to add it
    await scene.age('2 minutes');
    expect(await sweeper.runOnce()).toEqual({ ...NOTHING, dispatched: 1 });
    expect(await scene.queue.getJobState(id)).toBe('waiting');
    expect(await sweeper.runOnce()).toEqual(NOTHING);
    await scene.work();
    await expect.poll(() => stateOf(scene, id)).toBe('succeeded');
    expect(await sweeper.runOnce()).toEqual(NOTHING);
    const done = await effects(send, `sweep-1-${backend}`);
    expect(done).toBe(1);
    reportFault({ task }, { times: 1, wanted: 1, done });
  });

  test('adds hundreds of missing jobs, page by page', async () => {
    await using scene = await openScene();
    const ids = await Promise.all(
      Array.from({ length: 510 }, (_, n) => scene.writeWithoutJob(scene.actions.transactional, `many-${n}`)),
    );
    expect(await scene.sweeper().runOnce()).toEqual({ ...NOTHING, dispatched: 510 });
    await scene.work();
    const finished = async () =>
      (await scene.stage.query("select 1 from $schema.intent where state = 'succeeded'")).length;
    await expect.poll(finished, { timeout: 20_000 }).toBe(ids.length);
    expect((await scene.stage.query('select 1 from $schema.booking')).length).toBe(ids.length);
  });

  test.each(['completed', 'failed'] as const)(
    'retries a %s job that stands in the way of its intent',
    async (end) => {
      await using scene = await openScene();
      const send = scene.actions.atMostOnce;
      const caseId = `sweep-2-${backend}-${end}`;
      const id = await scene.writeWithoutJob(send, caseId);
      const kept = { jobId: id, removeOnComplete: false, removeOnFail: false };
      const job = await scene.queue.add(send.name, { latchkey: id }, kept);
      const foreign = scene.queue.startWorker(async () => {
        if (end === 'failed') throw new Error('a worker that knows nothing of us');
      });
      await scene.queue.ended(job).catch(() => undefined);
      await foreign.close();
      expect(await scene.queue.getJobState(id)).toBe(end);
      expect(await scene.sweeper().runOnce()).toEqual({ ...NOTHING, dispatched: 1 });
      await scene.work();
      await expect.poll(() => stateOf(scene, id)).toBe('succeeded');
      expect(await effects(send, caseId)).toBe(1);
    },
  );

  test('fault 33: gives a job whose data was edited its own data back, after the conflict was shown', async ({
    task,
  }) => {
    await using scene = await openScene();
    const send = scene.actions.atMostOnce;
    const caseId = `sweep-3-${backend}`;
    const { id } = await scene.client.submit(send, { caseId });
    const other = await scene.client.submit(send, { caseId: `${caseId}-other` });
    await (await scene.queue.getJob(id))?.updateData({ latchkey: other.id });
    await scene.work();
    await expect.poll(async () => (await scene.queue.getJob(id))?.failedReason).toMatch(/^INTENT_CONFLICT/);
    await expect.poll(() => stateOf(scene, other.id)).toBe('succeeded');
    expect([await stateOf(scene, id), await effects(send, caseId)]).toEqual(['pending', 0]);
    await scene.sweeper().runOnce();
    await expect.poll(() => stateOf(scene, id)).toBe('succeeded');
    const made = [await effects(send, caseId), await effects(send, `${caseId}-other`)] as const;
    expect(made).toEqual([1, 1]);
    reportFault({ task }, { times: 1, wanted: 2, done: made[0] + made[1] });
  });

  test.for(['its own id', "the intent's id"])(
    'fault 33: a job of another action under %s performs nothing of an intent, nor keeps it from being performed',
    async (jobId, { task }) => {
      await using scene = await openScene();
      const { atMostOnce: send, transactional: book } = scene.actions;
      const caseId = `sweep-7-${backend}-${jobId}`;
      const id = await scene.writeWithoutJob(book, caseId);
      const kept = { jobId: jobId === 'its own id' ? 'forged' : id, removeOnFail: false };
      const forged = await scene.queue.add(send.name, { latchkey: id }, kept);
      await scene.work();
      await expect(scene.queue.ended(forged)).rejects.toThrow(/^INTENT_CONFLICT: .*its action/);
      expect(await stateOf(scene, id)).toBe('pending');
      expect(await scene.sweeper().runOnce()).toEqual({ ...NOTHING, dispatched: 1 });
      await expect.poll(() => stateOf(scene, id)).toBe('succeeded');
      const sent = await effects(send, caseId);
      const booked = await scene.stage.query('select 1 from $schema.booking');
      expect([sent, booked.length]).toEqual([0, 1]);
      reportFault({ task }, { times: 1, wanted: 1, done: sent + booked.length });
    },
  );

  test('ends, or hands over, dead leases as their kind allows, and leaves living ones alone', async () => {
    await using scene = await openScene();
    const claim = async (kind: (typeof KINDS)[number], caseId: string, leaseMs: number) => {
      const id = await scene.writeWithoutJob(scene.actions[kind], caseId);
      await scene.runtime.ledger.claim({ id, claimant: `dead/${caseId}/${kind}`, kind, leaseMs });
      return id;
    };
    const dead = await Promise.all(KINDS.map((kind) => claim(kind, `sweep-4-${backend}`, 1_000)));
    await scene.age('1 minute');
    const living = await Promise.all(KINDS.map((kind) => claim(kind, 'living', 60_000)));
    expect(await scene.sweeper().runOnce()).toEqual({ ...NOTHING, expired: 2, dispatched: 2 });
    const states = async (ids: readonly string[]) => Promise.all(ids.map((id) => stateOf(scene, id)));
    expect(await states(dead)).toEqual(['in_doubt', 'in_doubt', 'claimed', 'claimed']);
    expect(await states(living)).toEqual(['claimed', 'claimed', 'claimed', 'claimed']);
    await scene.age('1 second'); // the quiet period of the reconcilable one passes
    expect(await scene.sweeper().runOnce()).toMatchObject({ expired: 0 });
    await scene.work();
    await expect.poll(() => states(dead)).toEqual(['in_doubt', 'in_doubt', 'succeeded', 'succeeded']);
    const asked = async () => (await scene.client.find(dead[1] ?? ''))?.record.asked;
    await expect.poll(asked).toBe(1);
    expect((await scene.client.find(dead[0] ?? ''))?.answer.error?.code).toBe('LEASE_EXPIRED');
    expect(await effects(scene.actions.atMostOnce, `sweep-4-${backend}`)).toBe(0);
  });

  test('fault 31: makes tombstones after the replay window; a later submission is answered `expired`', async ({
    task,
  }) => {
    await using scene = await openScene();
    const send = scene.actions.atMostOnce;
    const caseId = `sweep-5-${backend}`;
    await scene.work();
    const handle = await scene.client.submit(send, { caseId, note: 'first' });
    await handle.answer();
    await scene.age('9 minutes');
    expect(await scene.sweeper().runOnce()).toEqual(NOTHING); // the window is ten minutes
    await scene.age('2 minutes');
    await expectPurged(scene, 1);
    expect(await scene.sweeper().runOnce()).toEqual(NOTHING);

    const again = await scene.client.submit(send, { caseId, note: 'first' });
    expect(await again.answer()).toMatchObject({ intentId: handle.id, status: 'expired', replayed: true });
    const other = await scene.client.submit(send, { caseId, note: 'with nothing left to compare' });
    expect((await other.answer()).status).toBe('expired');
    const job = await scene.queue.add(send.name, { caseId, note: 'first' }, { removeOnComplete: false });
    expect(await scene.queue.ended(job)).toMatchObject({ status: 'expired', replayed: true });
    expect(await effects(send, caseId)).toBe(1);
    const rows = await scene.stage.query('select * from $schema.intent where id = $1', [handle.id]);
    expect(rows[0]).toMatchObject({ state: 'succeeded', input: null, result: null, external_id: null });
    reportFault({ task }, { times: 3, wanted: 1, done: await effects(send, caseId) });
  });

  test('fault 30: never purges what is unfinished, however old; it is kept for its window once it ends', async ({
    task,
  }) => {
    await using scene = await openScene();
    const { atMostOnce: send, reconcilable: publish } = scene.actions;
    const pending = await scene.writeWithoutJob(send, `sweep-6-${backend}-pending`);
    const doubtful = await scene.writeWithoutJob(send, `sweep-6-${backend}-doubtful`);
    const claimed = await scene.writeWithoutJob(publish, `sweep-6-${backend}-claimed`);
    const ledger = scene.runtime.ledger;
    await ledger.claim({ id: doubtful, claimant: 'dead/1', kind: 'atMostOnce', leaseMs: 100 });
    await scene.age('100 days');
    await ledger.claim({ id: claimed, claimant: 'living/1', kind: 'reconcilable', leaseMs: 60_000 });
    expect(await scene.sweeper().runOnce()).toMatchObject({ expired: 1, purged: 0 });
    for (let n = 0; n < 3; n += 1) expect(await scene.sweeper().runOnce()).toMatchObject({ purged: 0 });
    const states = () => Promise.all([pending, doubtful, claimed].map((id) => stateOf(scene, id)));
    expect(await states()).toEqual(['pending', 'in_doubt', 'claimed']);

    await scene.work();
    await expect.poll(() => stateOf(scene, pending)).toBe('succeeded');
    await scene.client.resolve(doubtful, { as: 'failed', by: 'ada', reason: 'it is nowhere' });
    expect(await scene.sweeper().runOnce()).toMatchObject({ purged: 0 });
    await scene.client.replay(doubtful, { by: 'ada', reason: 'and it is wanted after all' });
    await expect.poll(() => stateOf(scene, doubtful)).toBe('succeeded');
    await scene.stage.query(
      "update $schema.intent set finished_at = finished_at - interval '11 minutes' where finished_at is not null",
    );
    await expectPurged(scene, 2);
    expect(await states()).toEqual(['expired', 'expired', 'claimed']);
    const made = [`sweep-6-${backend}-pending`, `sweep-6-${backend}-doubtful`].map((id) => effects(send, id));
    expect(await Promise.all(made)).toEqual([1, 1]);
    reportFault({ task }, { times: 1, wanted: 2, done: (await Promise.all(made)).reduce((a, b) => a + b) });
  });

  test('runs in one process at a time, and in another as soon as that one is gone', async () => {
    await using scene = await openScene();
    const second = await scene.stage.openRuntime('second');
    let leave: () => void = () => undefined;
    const inside = new Promise<void>((entered) => {
      const body = () =>
        new Promise<void>((resolve) => {
          leave = resolve;
          entered();
        });
      void second.ledger.exclusively('sweep', body);
    });
    await inside;
    expect(await scene.sweeper().runOnce()).toBeNull();
    leave();
    await expect.poll(() => scene.sweeper().runOnce()).toEqual(NOTHING);
  });
});
