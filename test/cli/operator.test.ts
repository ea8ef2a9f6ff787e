import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { type Ended, runCli, startCli, type Variables } from './setup/cli-process.ts';
import { startHeldRemote } from './setup/held-remote.ts';
import { variablesOf } from './setup/variables.ts';

describe('latchkey migrate', () => {
  const database = `cli_${randomBytes(5).toString('hex')}`;
  const env = (): Variables => {
    const url = new URL(inject('postgresUrl'));
    url.pathname = database;
    return { DATABASE_URL: url.href, LATCHKEY_QUEUE: 'postgres', LATCHKEY_ACCEPT_UNSAFE_DATABASE: 'yes' };
  };
  beforeAll(() => onServer(`create database ${database}`));
  afterAll(() => onServer(`drop database ${database} with (force)`));

  test('a worker on PostgreSQL says to migrate before', async () => {
    const { code, stderr } = await runCli(['worker', '--actions', './actions.ts'], env());
    expect(code).toBe(3);
    expect(stderr).toContain("BullMQ's tables are not in schema bullmq: run `latchkey migrate`");
  });

  test('makes the tables once, and says so', async () => {
    const first = await runCli(['migrate'], env());
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^ledger, schema latchkey: version 0 → \d+\n {2}applied 0001_ledger\n/);
    expect(first.stdout).toMatch(/^queue, schema bullmq: version 0 → \d+\n {2}applied 0001_schema\n/m);

    const second = await runCli(['migrate'], env());
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(
      /^ledger, .*: version \d+, nothing to do\nqueue, .*: version \d+, nothing to do$/,
    );

    const third = await runCli(['migrate', '--json', '--schema', 'another'], env());
    expect(JSON.parse(third.stdout)).toEqual({
      ledger: {
        schema: 'another',
        from: 0,
        to: expect.any(Number),
        applied: expect.arrayContaining(['0001_ledger']),
      },
      queue: { backend: 'postgres', from: expect.any(Number), to: expect.any(Number), applied: [] },
    });
  });
});

describe.each(BACKENDS)('an operator, queue on %s', (backend) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(backend);
  });
  afterAll(() => stage.close());
  const latchkey = (...args: string[]): Promise<Ended> => runCli(args, variablesOf(stage.settings));
  const shown = async (id: string) =>
    JSON.parse((await latchkey('show', id, '--json', '--actions', './actions.ts')).stdout);

  test('shows a doubt, resolves it, replays it, and sees it performed under the same key', async () => {
    await using remote = await startHeldRemote();
    const env = variablesOf(stage.settings, { REMOTE_URL: remote.url });
    const caseId = randomUUID();
    await stage.openQueue().add('cli.once', { caseId });
    const start = async () => {
      const cli = startCli(['worker', '--actions', './actions.ts'], env);
      await cli.logged('worker started');
      return cli;
    };
    await using victim = await start();
    await remote.got(`/once/${caseId}`);
    victim.signal('SIGKILL');
    await victim.ended;
    await using worker = await start();
    const id = await inDoubt(stage, caseId);

    const { code, stdout } = await latchkey('show', id);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^cli\\.once:caseId=${caseId}\n {2}intent {4}${id}\n`));
    expect(stdout).toMatch(/state {5}in_doubt, held for a person/);
    expect(stdout).toMatch(/submitted .*\n.*claimed .*attempt 1.*\n.*in_doubt .*LEASE/);
    expect(stdout).toContain(`latchkey resolve ${id} --as succeeded|failed|not-performed`);

    const early = await latchkey('replay', id, '--by', 'ada', '--reason', 'impatient');
    expect(early).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('only a failed one can be replayed'),
    });
    const failed = await latchkey(
      'resolve',
      id,
      '--as',
      'failed',
      '--by',
      'ada',
      '--reason',
      'not at the desk',
    );
    expect(failed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('it failed') });
    const again = await latchkey('resolve', id, '--as', 'failed', '--by', 'bob', '--reason', 'me too');
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('only one in doubt can be resolved'),
    });

    remote.release();
    const replayed = await latchkey('replay', id, '--by', 'ada', '--reason', 'the desk is back');
    expect(replayed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('same key') });
    await reaches(stage, id, 'succeeded');

    const { record, answer, story } = await shown(id);
    expect(record).toMatchObject({ id, token: 2 });
    expect(answer).toMatchObject({ status: 'succeeded', result: { done: true }, replayed: true, attempt: 2 });
    const events = story.map(({ event }: { event: string }) => event);
    // the worker may have come to its job between the two decisions
    expect(events.filter((event: string) => event !== 'answered')).toEqual([
      'submitted',
      'claimed',
      'in_doubt',
      'settled_failed',
      'replayed',
      'claimed',
      'succeeded',
    ]);
    expect(new Set(remote.requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    worker.signal('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test('gives the result that every later delivery gets', async () => {
    await using remote = await startHeldRemote();
    const env = variablesOf(stage.settings, { REMOTE_URL: remote.url });
    const caseId = randomUUID();
    const queue = stage.openQueue();
    await queue.add('cli.once', { caseId });
    await using victim = startCli(['worker', '--actions', './actions.ts'], env);
    await remote.got(`/once/${caseId}`);
    victim.signal('SIGKILL');
    await victim.ended;
    await using worker = startCli(['worker', '--actions', './actions.ts'], env);
    const id = await inDoubt(stage, caseId);

    const found = ['--as', 'succeeded', '--by', 'ada', '--reason', 'it is there', '--result', '{"ticket":7}'];
    expect(await latchkey('resolve', id, ...found)).toMatchObject({ code: 0 });
    const job = await queue.add('cli.once', { caseId }, { removeOnComplete: false });
    expect(await queue.ended(job)).toMatchObject({
      status: 'succeeded',
      result: { ticket: 7 },
      replayed: true,
    });
    expect(remote.requests).toHaveLength(1);
    worker.signal('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 0 });
  });
});

describe('an operator who errs', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage('redis');
  });
  afterAll(() => stage.close());
  const latchkey = (...args: string[]): Promise<Ended> => runCli(args, variablesOf(stage.settings));

  test('is told about wrong usage with 2 and about an unknown intent with 1', async () => {
    const unknown = randomUUID();
    const decision = ['--by', 'ada', '--reason', 'why not'];
    const ends = await Promise.all([
      latchkey('show', unknown),
      latchkey('replay', unknown, ...decision),
      latchkey('show', 'CASE-1042'),
      latchkey('resolve', unknown, '--as', 'done', ...decision),
      latchkey('resolve', unknown, '--as', 'failed', '--by', 'ada'),
      latchkey('resolve', unknown, '--as', 'succeeded', ...decision, '--result', '{oops'),
      latchkey('resolve', unknown, '--as', 'failed', ...decision, '--result', '{}'),
    ]);
    expect(ends.map(({ code }) => code)).toEqual([1, 1, 2, 2, 2, 2, 2]);
    expect(ends.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining(`no intent ${unknown} is in the ledger`),
      expect.stringContaining(`no intent ${unknown} is in the ledger`),
      expect.stringContaining('An intent id is a UUID'),
      expect.stringContaining('Allowed choices are succeeded, failed, not-performed'),
      expect.stringContaining("required option '--reason <text>' not specified"),
      expect.stringContaining('It must be JSON'),
      expect.stringContaining('--result: only with --as succeeded'),
    ]);
  });
});

async function reaches(stage: Stage, id: string, state: string): Promise<void> {
  const find = () => stage.query<{ state: string }>('select state from $schema.intent where id = $1', [id]);
  await expect.poll(async () => (await find())[0]?.state, { timeout: 20_000 }).toBe(state);
}

/** Waits until the intent of a case is in doubt; answers its id. */
async function inDoubt(stage: Stage, caseId: string): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const rows = await stage.query<{ id: string }>(
      "select id from $schema.intent where key like $1 and state = 'in_doubt'",
      [`%caseId=${caseId}`],
    );
    return rows[0]?.id;
  };
  await expect.poll(find, { timeout: 20_000 }).toBeDefined();
  return (await find()) ?? '';
}

async function onServer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
