import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { type CliProcess, startCli } from './setup/cli-process.ts';
import { layWire } from './setup/cut-wire.ts';
import { type HeldRemote, startHeldRemote } from './setup/held-remote.ts';
import { variablesOf } from './setup/variables.ts';

const WORKER = ['worker', '--actions', './actions.ts'];

describe.each(BACKENDS)('latchkey worker, queue on %s', (backend) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage(backend);
  });
  afterEach(() => stage.close());

  const start = async (remote: HeldRemote, others = {}): Promise<CliProcess> => {
    const cli = startCli(WORKER, variablesOf(stage.settings, { REMOTE_URL: remote.url, ...others }));
    await cli.logged('worker started');
    return cli;
  };
  const statesOf = async (caseId: string): Promise<Record<string, string>> => {
    const rows = await stage.query<{ action: string; state: string }>(
      'select action, state from $schema.intent where key like $1',
      [`%caseId=${caseId}`],
    );
    return Object.fromEntries(rows.map(({ action, state }) => [action, state]));
  };

  test('says what it works on and performs a job that a plain producer adds', async () => {
    await using remote = await startHeldRemote();
    remote.release();
    await using cli = startCli(
      [...WORKER, '--concurrency', '3'],
      variablesOf(stage.settings, { REMOTE_URL: remote.url, LATCHKEY_WORKER_NAME: 'ada' }),
    );
    const line = await cli.logged('worker started');
    expect(line).toMatchObject({
      worker: 'ada',
      queue: backend,
      concurrency: 3,
      schema: stage.settings.schema,
    });
    expect(line.actions).toEqual(['cli.keyed', 'cli.once']);
    expect(line.database).not.toContain(new URL(stage.settings.databaseUrl).password);

    const queue = stage.openQueue();
    const job = await queue.add('cli.keyed', { caseId: randomUUID() }, { removeOnComplete: false });
    expect(await queue.ended(job)).toMatchObject({
      status: 'succeeded',
      result: { done: true },
      replayed: false,
    });

    cli.signal('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s drains: what is performing is recorded', async (signal) => {
    await using remote = await startHeldRemote();
    await using cli = await start(remote);
    const [caseId, later] = [randomUUID(), randomUUID()];
    const queue = stage.openQueue();
    const job = await queue.add('cli.once', { caseId }, { removeOnComplete: false });
    await remote.got(`/once/${caseId}`);

    cli.signal(signal);
    await cli.logged('draining: takes no more jobs; a second signal leaves at once');
    const untouched = await queue.add('cli.once', { caseId: later });
    remote.release();

    expect(await cli.ended).toMatchObject({ code: 0, signal: null });
    expect(await statesOf(caseId)).toEqual({ 'cli.once': 'succeeded' });
    expect(await queue.ended(job)).toMatchObject({ status: 'succeeded' });
    expect(await queue.getJobState(untouched.id ?? '')).toBe('waiting');
    expect(await statesOf(later)).toEqual({});
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s leaves at once; the next worker settles by kind', async (signal, code) => {
    await using remote = await startHeldRemote();
    await using cli = await start(remote);
    const caseId = randomUUID();
    const queue = stage.openQueue();
    await queue.add('cli.keyed', { caseId });
    await queue.add('cli.once', { caseId });
    await Promise.all([remote.got(`/keyed/${caseId}`), remote.got(`/once/${caseId}`)]);

    cli.signal(signal);
    await cli.logged('draining: takes no more jobs; a second signal leaves at once');
    cli.signal(signal); // the same one, which npm passes on to who has got it already
    await sleep(500);
    expect(await statesOf(caseId)).toEqual({ 'cli.keyed': 'claimed', 'cli.once': 'claimed' });
    cli.signal(signal);
    expect(await cli.ended).toMatchObject({ code, signal: null });
    expect(await statesOf(caseId)).toEqual({ 'cli.keyed': 'claimed', 'cli.once': 'claimed' });

    await using next = await start(remote);
    await remote.got(`/keyed/${caseId}`, 2);
    remote.release();
    await expect
      .poll(() => statesOf(caseId), { timeout: 20_000 })
      .toMatchObject({ 'cli.keyed': 'succeeded', 'cli.once': 'in_doubt' });
    const keys = (path: string) =>
      remote.requests
        .filter((request) => request.path === `${path}/${caseId}`)
        .map((one) => one.idempotencyKey);
    expect(keys('/once')).toHaveLength(1);
    expect(keys('/keyed').length).toBeGreaterThan(1);
    expect(new Set(keys('/keyed')).size).toBe(1);
    next.signal('SIGTERM');
    expect(await next.ended).toMatchObject({ code: 0 });
  });

  test('lives through an outage of database and queue', async () => {
    await using database = await layWire(stage.settings.databaseUrl);
    await using redis = await layWire(stage.settings.redisUrl);
    await using remote = await startHeldRemote();
    await using cli = await start(remote, { DATABASE_URL: database.url, REDIS_URL: redis.url });
    const [caseId, later] = [randomUUID(), randomUUID()];
    const queue = stage.openQueue();
    await queue.add('cli.once', { caseId });
    await remote.got(`/once/${caseId}`);

    database.cut();
    redis.cut();
    remote.release(); // the effect ends while nothing can be recorded
    await database.tried(3);
    database.mend();
    redis.mend();
    await queue.add('cli.once', { caseId: later });

    await expect
      .poll(async () => [await statesOf(caseId), await statesOf(later)], { timeout: 30_000 })
      .toEqual([{ 'cli.once': 'succeeded' }, { 'cli.once': 'succeeded' }]);
    expect(remote.requests).toHaveLength(2);
    cli.signal('SIGTERM');
    expect(await cli.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test.runIf(backend === 'redis')(
    'leaves in an outage too, once the outcome is left with the job',
    async () => {
      await using database = await layWire(stage.settings.databaseUrl);
      await using remote = await startHeldRemote();
      await using cli = await start(remote, { DATABASE_URL: database.url });
      const caseId = randomUUID();
      await stage.openQueue().add('cli.once', { caseId });
      await remote.got(`/once/${caseId}`);

      database.cut();
      cli.signal('SIGTERM');
      await cli.logged('draining: takes no more jobs; a second signal leaves at once');
      remote.release(); // the effect ends while nothing can be recorded
      await cli.logged('outcome left with the job');
      expect(await cli.ended).toMatchObject({ code: 0, signal: null });

      await using next = await start(remote);
      await next.logged('kept outcome recorded');
      await expect.poll(() => statesOf(caseId)).toEqual({ 'cli.once': 'succeeded' });
      expect(remote.requests).toHaveLength(1);
    },
  );

  test('leaves in an outage too, where nothing is under way', async () => {
    await using database = await layWire(stage.settings.databaseUrl);
    await using redis = await layWire(stage.settings.redisUrl);
    await using remote = await startHeldRemote();
    await using cli = await start(remote, { DATABASE_URL: database.url, REDIS_URL: redis.url });
    database.cut();
    redis.cut();
    await (backend === 'redis' ? redis : database).tried(2);
    cli.signal('SIGTERM');
    const { code, stdout, stderr } = await cli.ended;
    expect(code).toBe(0);
    for (const url of [stage.settings.databaseUrl, stage.settings.redisUrl]) {
      expect(stdout + stderr).not.toContain(new URL(url).password);
    }
  });

  test('logs what nobody caught and ends with 1', async () => {
    await using cli = startCli(
      ['worker', '--actions', './rejects-later.ts'],
      variablesOf(stage.settings, { REMOTE_URL: 'http://127.0.0.1:1' }),
    );
    const line = await cli.logged('nobody caught this; the process ends');
    expect(line).toMatchObject({ level: 60, err: { message: 'a stray promise' } });
    expect(await cli.ended).toMatchObject({ code: 1, stderr: '' });
  });
});
