import { InvalidConfig } from '@latchkey/core';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { ClientSettings } from '../client/connect.ts';
import type { WorkerSettings } from '../worker/start-worker.ts';
import { checkClientOptions, checkWorkerOptions, type OPTIONS } from './check-options.ts';

const databaseUrl = 'postgres://app:secret@127.0.0.1:5432/app';
const actions = [{}];

const faultsOf = (check: () => void): string[] => {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfig);
    return (error as Error).message.split('\n- ').slice(1);
  }
  return [];
};

describe('the options of startWorker and connect', () => {
  test('are all known to the check', () => {
    expectTypeOf<keyof WorkerSettings | keyof ClientSettings>().toEqualTypeOf<(typeof OPTIONS)[number]>();
  });

  test('may be few', () => {
    checkWorkerOptions({ databaseUrl, actions });
    checkWorkerOptions({ databaseUrl, actions, redisUrl: undefined, sweep: false });
    checkClientOptions({ databaseUrl, actions: [] });
  });

  test('may serve a worker and a client alike', () => {
    checkClientOptions({ databaseUrl, actions, concurrency: 5, sweep: { intervalMs: 100 } });
  });

  test('are refused all at once, with what was meant', () => {
    const given = {
      databaseurl: databaseUrl,
      concurrency: '5',
      queue: 'redis',
      redisUrl: 'http://:hunter2@cache',
      lockDurationMs: 1.5,
      sweep: { interval: 5, graceMs: -1 },
      migrate: 'yes',
      poolSize: 0,
      log: console.log,
      actions: [],
    };
    expect(faultsOf(() => checkWorkerOptions(given))).toEqual([
      'unknown option databaseurl; did you mean databaseUrl?',
      expect.stringMatching(/^databaseUrl: missing; expected a PostgreSQL URL/),
      expect.stringMatching(
        /^redisUrl: got "http:\/\/:\*\*\*@cache" \(it must begin with redis:\/\/.*\); expected a Redis URL/,
      ),
      expect.stringMatching(/^concurrency: got "5"; expected a whole number/),
      expect.stringMatching(/^lockDurationMs: got 1.5; expected a whole number of milliseconds/),
      expect.stringMatching(/^sweep\.graceMs: got -1; /),
      'migrate: true or false',
      expect.stringMatching(/^poolSize: got 0; expected a whole number from 1 to 1000/),
      expect.stringMatching(/^log: a pino logger/),
      expect.stringMatching(/^sweep: unknown option interval/),
      expect.stringMatching(/^actions: none given/),
    ]);
  });

  test('name the Redis that queue redis needs', () => {
    expect(faultsOf(() => checkClientOptions({ databaseUrl, actions, queue: 'redis' }))).toEqual([
      expect.stringMatching(/^redisUrl: missing; expected a Redis URL/),
    ]);
  });

  test('name a prefix in braces for Redis Cluster, or a queue', () => {
    const cluster = { databaseUrl, actions, redisUrl: 'redis+cluster://h1:7000,h2:7001' };
    expect(faultsOf(() => checkClientOptions(cluster))).toEqual([
      expect.stringMatching(/^prefix: "bull" doesn't work on Redis Cluster.*set it to \{bull\}/),
    ]);
    expect(faultsOf(() => checkClientOptions({ ...cluster, prefix: '{}a' }))).toHaveLength(1);
    expect(faultsOf(() => checkClientOptions({ ...cluster, prefix: 'x{}{a}' }))).toHaveLength(1);
    checkClientOptions({ ...cluster, prefix: '{bull}' });
    checkClientOptions({ ...cluster, queueName: '{tickets}' });
    checkClientOptions({ ...cluster, queue: 'postgres' });
  });

  test('must be an object', () => {
    expect(faultsOf(() => checkWorkerOptions(undefined as unknown as object))).toEqual([
      'settings: an object is needed',
    ]);
  });
});
