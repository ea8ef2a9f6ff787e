import { randomBytes } from 'node:crypto';
import { type AnyAction, atMostOnce, defineAction } from '@latchkey/core';
import type { ConsoleSettings } from '@latchkey/worker';
import type { Queue } from 'bullmq';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { openQueueBackend } from '../../packages/worker/src/queue/queue-backend.ts';
import { eventually } from '../faults/eventually.ts';
import { BACKENDS, openStage, quiet, type Stage } from '../worker/setup/stage.ts';
import { pay, publish } from './setup/held-actions.ts';
import { type ConsoleUnderTest, runConsole } from './setup/running-console.ts';

const IBAN = 'DE89370400440532013000';
const post = defineAction({
  name: 'note.post',
  input: z.object({ caseId: z.string(), iban: z.string() }),
  key: ['caseId'],
  redact: ['iban'],
  effect: atMostOnce({
    perform: async ({ caseId, iban }: { caseId: string; iban: string }) => ({
      result: { posted: caseId, iban },
    }),
  }),
});
const bill = () => ({ caseId: 'CASE-7', iban: IBAN });

describe.each(BACKENDS)('Bull Board (jobs in %s)', (backend) => {
  let stage: Stage;
  let database: Awaited<ReturnType<typeof ownDatabase>> | undefined;
  /** A queue of somebody else. */
  let tickets: Queue;
  beforeAll(async () => {
    database = backend === 'postgres' ? await ownDatabase() : undefined;
    // apart from the queues of all other tests
    const place =
      database === undefined
        ? { prefix: `t${randomBytes(4).toString('hex')}` }
        : { databaseUrl: database.url };
    stage = await openStage(backend, place);
    tickets = await openQueue('tickets');
    await tickets.add('bill.pay', bill(), { jobId: 'bill', delay: 3_600_000 });
    await tickets.add('legacy.note', { text: 'private', list: [1] }, { jobId: 'legacy', delay: 3_600_000 });
  });
  afterAll(async () => {
    await stage.close();
    await database?.drop();
  });
  const openQueue = async (name: string): Promise<Queue> => {
    const { databaseUrl, redisUrl, queue: kind, prefix = 'bull' } = stage.settings;
    const opened = openQueueBackend({ kind, databaseUrl, redisUrl, prefix, name, log: quiet });
    await opened.waitUntilReady();
    stage.use({ [Symbol.asyncDispose]: () => opened.close() });
    return opened.queue as unknown as Queue;
  };
  const board = (actions: readonly AnyAction[], choice: Partial<ConsoleSettings> = {}) =>
    runConsole(stage, actions, { allQueues: true, ...choice });
  const read = async (under: ConsoleUnderTest, path: string) => {
    const response = await under.ask(`/queues/api${path}`, { as: under.logins.viewer });
    expect(response.status).toBe(200);
    return (await response.json()) as Body;
  };
  const namesOf = async (under: ConsoleUnderTest) =>
    (await read(under, '/queues')).queues?.map(({ name }) => name);
  const jobOf = async (under: ConsoleUnderTest, id: string) =>
    (await read(under, `/queues/tickets/${id}`)).job;

  test('shows every queue, whoever made it, and only the named ones where that is wanted', async () => {
    const { queueName } = stage.settings;
    expect(await namesOf(await board([]))).toEqual([queueName, 'tickets']);
    expect(await namesOf(await board([], { allQueues: false }))).toEqual([queueName]);
    expect(await namesOf(await board([], { allQueues: false, queueNames: ['mail'] }))).toEqual([
      queueName,
      'mail',
    ]);
  });

  test('hides in the jobs of plain producers what the action redacts', async () => {
    const under = await board([pay]);
    expect(await jobOf(under, 'bill')).toMatchObject({ data: { caseId: 'CASE-7', iban: '[redacted]' } });
    const list = await read(under, '/queues?activeQueue=tickets&status=delayed&page=1');
    expect(JSON.stringify(list)).toContain('CASE-7');
    expect(JSON.stringify(list)).not.toContain(IBAN);
  });

  test('shows names only of a job that is no known action, unless it is told to show them', async () => {
    const under = await board([publish]);
    expect(await jobOf(under, 'legacy')).toMatchObject({
      data: { text: '[redacted]', list: ['[redacted]'] },
    });
    expect(await jobOf(under, 'bill')).toMatchObject({ data: { iban: '[redacted]' } });
    const open = await board([pay], { showUnknownJobs: true });
    expect(await jobOf(open, 'legacy')).toMatchObject({ data: { text: 'private', list: [1] } });
    expect(await jobOf(open, 'bill')).toMatchObject({ data: { iban: '[redacted]' } });
  });

  test('hides what schedules add, and an outcome that waits for the ledger', async () => {
    await tickets.upsertJobScheduler('monthly', { every: 3_600_000 }, { name: 'bill.pay', data: bill() });
    const job = await tickets.getJob('bill');
    const ending = {
      state: 'succeeded',
      result: JSON.stringify({ iban: IBAN }),
      externalId: null,
      externalUrl: null,
    };
    await job?.updateProgress({ latchkey: { token: 1, ending } });
    const under = await board([pay]);
    for (const path of ['/job-schedulers', '/queues/tickets/bill', '/queues/tickets/bill/flow']) {
      const body = JSON.stringify(await read(under, path));
      expect(body).toContain('bill.pay');
      expect(body).not.toContain(IBAN);
    }
  });

  test('links a job to its intent, and shows its answer but for what is secret in it', async () => {
    const queue = await openQueue(stage.settings.queueName);
    await stage.startWorker([post]);
    await queue.add(post.name, { caseId: 'CASE-9', iban: IBAN }, { jobId: 'post', removeOnComplete: false });
    await eventually(async () => expect(await queue.getJobState('post')).toBe('completed'));
    for (const [actions, result] of [
      [[post], { posted: 'CASE-9', iban: '[redacted]' }],
      [[], { posted: '[redacted]', iban: '[redacted]' }],
    ] as const) {
      const under = await board(actions);
      const { job } = await read(under, `/queues/${queue.name}/post`);
      const { intentId } = job?.returnValue ?? {};
      expect(job).toMatchObject({
        returnValue: { status: 'succeeded', result },
        externalUrl: { href: `/intents/${intentId}` },
      });
    }
  });

  test('saves no form that was filled with what is hidden', async () => {
    const under = await board([pay]);
    const as = under.logins.operator;
    const data = (await jobOf(under, 'bill'))?.data;
    const refused = await under.ask('/queues/api/queues/tickets/bill/update-data', {
      ...{ as, method: 'PATCH', json: { jobData: data } },
    });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('can’t be saved')]);
    expect((await tickets.getJob('bill'))?.data).toEqual(bill());
    const saved = await under.ask('/queues/api/queues/tickets/bill/update-data', {
      ...{ as, method: 'PATCH', json: { jobData: { caseId: 'CASE-8', iban: IBAN } } },
    });
    expect(saved.status).toBe(200);
    expect((await tickets.getJob('bill'))?.data).toMatchObject({ caseId: 'CASE-8' });
    await tickets.getJob('bill').then((job) => job?.updateData(bill()));
  });
});

interface Body {
  readonly queues?: readonly { readonly name: string }[];
  readonly job?: { readonly data: unknown; readonly returnValue?: { readonly intentId?: string } };
}

async function ownDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `queues_${randomBytes(5).toString('hex')}`;
  const run = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: inject('postgresUrl') });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await run(`create database ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = name;
  return { url: url.href, drop: () => run(`drop database ${name} with (force)`) };
}
