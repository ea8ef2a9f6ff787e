import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openStage, type Stage } from '../worker/setup/stage.ts';
import { runCli, type Variables } from './setup/cli-process.ts';
import { variablesOf } from './setup/variables.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('redis');
});
afterAll(() => stage.close());

const startWith = async (others: Variables, ...actions: string[]) => {
  const modules = actions.length === 0 ? ['./actions.ts'] : actions;
  const env = variablesOf(stage.settings, others);
  const ended = await runCli(['worker', ...modules.flatMap((module) => ['--actions', module])], env);
  expect(ended.stdout).toBe('');
  return ended;
};
const changed = (url: string, change: (parts: URL) => void): string => {
  const parts = new URL(url);
  change(parts);
  return parts.href;
};

describe('a worker that is configured wrongly', () => {
  test('says all faults at once, with what was given and what is expected, and no password', async () => {
    const { code, stderr } = await startWith({
      DATABASE_URL: 'postgres:/app:hunter2@db/app',
      REDIS_URL: '',
      LATCHKEY_CONCURENCY: '4',
      LATCHKEY_CONCURRENCY: 'many',
      LATCHKEY_SCHEMA: 'No-Such',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(2);
    expect(stderr).not.toContain('hunter2');
    expect(stderr.trim().split('\n')).toEqual([
      "latchkey: the configuration isn't right:",
      '- unknown variable LATCHKEY_CONCURENCY; did you mean LATCHKEY_CONCURRENCY?',
      expect.stringMatching(/^- DATABASE_URL: got ".*"; expected a PostgreSQL URL.*, like postgres:/),
      expect.stringMatching(/^- LATCHKEY_SCHEMA: got "No-Such"; expected up to 63 lower-case letters/),
      expect.stringMatching(/^- LATCHKEY_CONCURRENCY: got "many"; expected a whole number from 1 to 10000/),
      expect.stringMatching(/^- LOG_LEVEL: got "loud"; expected silent, /),
      expect.stringMatching(/^- REDIS_URL: missing; expected a Redis URL.*queue redis/),
    ]);
  });

  test('says what is wrong with its modules, all at once', async () => {
    const { code, stderr } = await startWith({}, './throws.ts,./no-action.ts', './actoins', '@acme/nowhere');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /--actions \.\/throws\.ts: loading it failed:\s+TypeError: the desk is not configured/,
    );
    expect(stderr).toMatch(/at .*throws\.ts:1:/);
    expect(stderr).toContain(
      'exports no action made by defineAction; it exports forgotten (a definition that was not given to defineAction), nothing (function)',
    );
    expect(stderr).toMatch(/--actions \.\/actoins: there is no file .*actoins/);
    expect(stderr).toContain('--actions @acme/nowhere: no file and no installed package is named so');
  });

  test('refuses two actions of one name, and says where they are', async () => {
    const { code, stderr } = await startWith({}, './actions.ts', './another-keyed.ts');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'two actions are named cli.keyed: keyed of ./actions.ts and another of ./another-keyed.ts',
    );
  });

  test('asks for a module', async () => {
    const { code, stderr } = await runCli(['worker'], variablesOf(stage.settings));
    expect(code).toBe(2);
    expect(stderr).toContain('--actions: missing; expected a module that exports actions, like ./actions.ts');
  });

  test('names flag and variable of a port for metrics that is taken', async () => {
    await using taken = await listenInSilence();
    const { code, stderr } = await startWith({
      LATCHKEY_METRICS_PORT: String(taken.port),
      LOG_LEVEL: 'error',
    });
    expect(code).toBe(2);
    expect(stderr.trim()).toBe(
      `latchkey: port ${taken.port} on 127.0.0.1 is taken: end what listens there, ` +
        'or choose another with --metrics-port (LATCHKEY_METRICS_PORT)',
    );
  });

  test('suggests the command and the option that was meant', async () => {
    expect(await runCli(['wroker'], {})).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(Did you mean worker?)'),
    });
    expect(await runCli(['worker', '--acctions', 'x'], {})).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(Did you mean --actions?)'),
    });
  });
});

describe('a worker whose servers are not there', () => {
  test('names both places, masked, and what to do', async () => {
    const { code, stderr } = await startWith({
      DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/app',
      REDIS_URL: 'redis://:hunter3@127.0.0.1:2',
    });
    expect(code).toBe(3);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^latchkey: PostgreSQL at postgres:\/\/app:\*\*\*@127\.0\.0\.1:1\/app can't be used: nothing listens there \(ECONNREFUSED\)\. Start PostgreSQL/,
      ),
      expect.stringMatching(
        /^Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:2 can't be used: nothing listens there \(ECONNREFUSED\)\. Start Redis/,
      ),
    ]);
  });

  test.each([
    [
      'a wrong password of the database',
      () => ({ DATABASE_URL: changed(inject('postgresUrl'), (url) => (url.password = 'hunter2')) }),
      /refuses this user or password \(28P01\)\. Correct them in DATABASE_URL/,
    ],
    [
      'a database that does not exist',
      () => ({ DATABASE_URL: changed(inject('postgresUrl'), (url) => (url.pathname = '/nowhere')) }),
      /has no such database \(3D000\)\. Create the database/,
    ],
    [
      'an unknown host',
      () => ({ DATABASE_URL: 'postgres://app:hunter2@db.invalid/app' }),
      /its host is not known/,
    ],
    [
      'a wrong password of Redis',
      () => ({ REDIS_URL: changed(inject('redisUrl'), (url) => (url.password = 'hunter2')) }),
      /refuses this user or password\. Correct them in REDIS_URL/,
    ],
    [
      'the port of PostgreSQL for Redis',
      () => ({ REDIS_URL: `redis://${new URL(inject('postgresUrl')).host}` }),
      /doesn't answer like Redis.*\. Check the host and port/,
    ],
    [
      'the port of Redis for PostgreSQL',
      () => ({ DATABASE_URL: `postgres://app:hunter2@${new URL(inject('redisUrl')).host}/app` }),
      /Check the host and port in DATABASE_URL/,
    ],
  ])('explains %s', async (_, others, reason) => {
    const { code, stderr } = await startWith(others());
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(3);
  });

  test('gives up on servers that accept and say nothing, within seconds', async () => {
    await using silent = await listenInSilence();
    const since = performance.now();
    const { code, stderr } = await startWith({
      DATABASE_URL: `postgres://app:x@127.0.0.1:${silent.port}/app`,
      REDIS_URL: `redis://127.0.0.1:${silent.port}`,
    });
    expect(performance.now() - since).toBeLessThan(15_000);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /PostgreSQL at .* no answer within 4 seconds.*in between\?\n.*Redis at .* no answer within 4 seconds.*in between\?\n$/,
    );
  });
});

describe('a worker without tables', () => {
  test('says to migrate', async () => {
    const { code, stderr } = await startWith({ LATCHKEY_SCHEMA: 'cli_nothing_here' });
    expect(code).toBe(3);
    expect(stderr).toContain(
      "the ledger's tables are not in schema cli_nothing_here: run `latchkey migrate`, or start with migrate: true",
    );
  });
});

async function listenInSilence(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
