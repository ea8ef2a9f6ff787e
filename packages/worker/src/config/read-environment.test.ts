import { InvalidConfig } from '@latchkey/core';
import { describe, expect, test } from 'vitest';
import { type Flags, readEnvironment } from './read-environment.ts';
import { DEFAULTS, listSettings } from './settings.ts';

const DATABASE_URL = 'postgres://app:secret@127.0.0.1:5432/app';
const REDIS_URL = 'redis://:secret@127.0.0.1:6379';

const faultsOf = (env: NodeJS.ProcessEnv, flags?: Flags): string[] => {
  try {
    readEnvironment(env, flags);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfig);
    expect((error as InvalidConfig).code).toBe('INVALID_CONFIG');
    return (error as Error).message.split('\n- ').slice(1);
  }
  return [];
};

describe('readEnvironment', () => {
  test('needs the database only, and has the defaults of a worker for the rest', () => {
    expect(readEnvironment({ DATABASE_URL, HOME: '/root' })).toEqual({
      databaseUrl: DATABASE_URL,
      queue: 'postgres',
      queueName: DEFAULTS.queueName,
      prefix: DEFAULTS.prefix,
      schema: DEFAULTS.schema,
      concurrency: DEFAULTS.concurrency,
      lockDurationMs: DEFAULTS.lockDurationMs,
      stalledIntervalMs: DEFAULTS.stalledIntervalMs,
      sweep: { intervalMs: DEFAULTS.sweepIntervalMs, graceMs: DEFAULTS.sweepGraceMs },
      metricsHost: '127.0.0.1',
      tracing: false,
      logLevel: 'info',
    });
  });

  test('reads every variable', () => {
    expect(
      readEnvironment({
        DATABASE_URL,
        REDIS_URL,
        LATCHKEY_QUEUE: 'redis',
        LATCHKEY_QUEUE_NAME: 'tickets',
        LATCHKEY_PREFIX: '{latchkey}',
        LATCHKEY_SCHEMA: 'staging',
        LATCHKEY_CONCURRENCY: '7',
        LATCHKEY_LOCK_MS: '2000',
        LATCHKEY_STALLED_MS: '1000',
        LATCHKEY_SWEEP_MS: '300',
        LATCHKEY_SWEEP_GRACE_MS: '0',
        LATCHKEY_WORKER_NAME: 'ada',
        LATCHKEY_ACCEPT_UNSAFE_DATABASE: 'yes',
        LATCHKEY_METRICS_PORT: '9464',
        LATCHKEY_METRICS_HOST: '0.0.0.0',
        LATCHKEY_TRACING: 'yes',
        LOG_LEVEL: 'debug',
      }),
    ).toEqual({
      databaseUrl: DATABASE_URL,
      redisUrl: REDIS_URL,
      queue: 'redis',
      queueName: 'tickets',
      prefix: '{latchkey}',
      schema: 'staging',
      concurrency: 7,
      lockDurationMs: 2000,
      stalledIntervalMs: 1000,
      sweep: { intervalMs: 300, graceMs: 0 },
      name: 'ada',
      acceptUnsafeDatabase: true,
      metricsPort: 9464,
      metricsHost: '0.0.0.0',
      tracing: true,
      logLevel: 'debug',
    });
  });

  test('puts the queue on Redis where there is one, unless it is told otherwise', () => {
    expect(readEnvironment({ DATABASE_URL, REDIS_URL }).queue).toBe('redis');
    expect(readEnvironment({ DATABASE_URL, REDIS_URL, LATCHKEY_QUEUE: 'postgres' }).queue).toBe('postgres');
    expect(faultsOf({ DATABASE_URL, LATCHKEY_QUEUE: 'redis' })).toEqual([
      expect.stringMatching(/^REDIS_URL: missing; .*\(or choose queue postgres\)$/),
    ]);
  });

  test('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(listSettings().map(([, { variable }]) => [variable, '']));
    expect(readEnvironment({ ...empty, DATABASE_URL })).toEqual(readEnvironment({ DATABASE_URL }));
    expect(faultsOf(empty)).toEqual([
      expect.stringMatching(/^DATABASE_URL: missing; expected a PostgreSQL URL/),
    ]);
  });

  test('lets flags win, and names them where they are wrong', () => {
    const env = { DATABASE_URL, LATCHKEY_CONCURRENCY: '7' };
    expect(readEnvironment(env, { concurrency: '3', queue: undefined }).concurrency).toBe(3);
    expect(faultsOf(env, { concurrency: '0', queueName: '' })).toEqual([
      '--queue-name: got ""; expected up to 200 characters without a colon, like tickets',
      '--concurrency: got "0"; expected a whole number from 1 to 10000, like 50',
    ]);
  });

  test('says all faults at once, and shows no password', () => {
    const faults = faultsOf({
      DATABASE_URL: 'mysql://app:hunter2@db/app',
      REDIS_URL: 'redis://:hun/ter2@db',
      LATCHKEY_CONCURENCY: '1',
      LATCHKEY_SOMETHING: '1',
      LATCHKEY_LOCK_MS: '1e3',
      LATCHKEY_WORKER_NAME: 'a/b',
    });
    expect(faults.map((fault) => fault.slice(0, 45))).toEqual([
      'unknown variable LATCHKEY_CONCURENCY; did you',
      'unknown variable LATCHKEY_SOMETHING',
      'DATABASE_URL: got "mysql://app:***@db/app"; e',
      'REDIS_URL: got "redis://:***@db" (its passwor',
      'LATCHKEY_LOCK_MS: got "1e3"; expected a whole',
      'LATCHKEY_WORKER_NAME: got "a/b"; expected up ',
    ]);
    expect(faults.join()).not.toMatch(/hunter2|ter2/);
  });

  test('asks for a prefix in braces on Redis Cluster', () => {
    const env = { DATABASE_URL, REDIS_URL: 'redis://h1:7000,h2:7001?cluster=true' };
    expect(faultsOf(env)).toEqual([
      expect.stringMatching(/^LATCHKEY_PREFIX: "bull" doesn't work on Redis Cluster.*set it to \{bull\}/),
    ]);
    expect(readEnvironment({ ...env, LATCHKEY_PREFIX: '{bull}' }).prefix).toBe('{bull}');
  });

  test('describes every setting, with an example that it accepts itself', () => {
    for (const [name, { example, fromText, what, byDefault, expected }] of listSettings()) {
      expect(fromText.safeParse(example).success, name).toBe(true);
      expect([what, byDefault, expected].every((text) => text.length > 0)).toBe(true);
    }
  });
});
