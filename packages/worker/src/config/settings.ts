import { POOL_SIZE } from '@latchkey/core';
import type { QueueKind } from '../queue/queue-backend.ts';
import {
  consent,
  keyRing,
  milliseconds,
  oneOf,
  redisUrlForm,
  text,
  url,
  type ValueForm,
  wholeNumber,
} from './value-forms.ts';

/** One setting: where it comes from and what it means. Help texts, docs and error messages are made from it. */
export interface Setting<T> extends ValueForm<T> {
  /** Name of the environment variable. */
  readonly variable: string;
  /** Name in the settings of `startWorker` and `connect`; `null` where only the command line knows it. */
  readonly option: string | null;
  /** Flag of the command line that wins over the variable; absent where there is none. */
  readonly flag?: string;
  readonly what: string;
  /** The default in words. */
  readonly byDefault: string;
  readonly example: string;
}

/** Levels of the log, the loudest last. */
export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The values that a worker uses where nothing else is said. */
export const DEFAULTS = {
  queueName: 'latchkey',
  /** BullMQ's own. */
  prefix: 'bull',
  schema: 'latchkey',
  /** Effects mostly wait for a remote, so that many of them fit into one process. */
  concurrency: 50,
  /** BullMQ's own. */
  lockDurationMs: 30_000,
  /** BullMQ's own. */
  stalledIntervalMs: 30_000,
  /** One indexed query an action; what it repairs has waited for that long at least. */
  sweepIntervalMs: 5_000,
  /** Longer than a job usually waits in a queue that isn't overloaded. */
  sweepGraceMs: 5_000,
  /** Of transactional effects at once. */
  poolSize: POOL_SIZE as number,
  /** Whoever watches a worker runs beside it, unless said otherwise. */
  metricsHost: '127.0.0.1',
  logLevel: 'info',
} as const;

/** The value that each setting holds. */
export interface SettingValues {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly queue: QueueKind;
  readonly queueName: string;
  readonly prefix: string;
  readonly schema: string;
  readonly encryptionKeys: string;
  readonly concurrency: number;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  readonly sweepIntervalMs: number;
  readonly sweepGraceMs: number;
  readonly name: string;
  readonly acceptUnsafeDatabase: boolean;
  readonly metricsPort: number;
  readonly metricsHost: string;
  readonly tracing: boolean;
  readonly logLevel: LogLevel;
}

/** Name of a setting. */
export type SettingName = keyof SettingValues;

/** Every setting of a process, in the order in which help texts list them. */
export const SETTINGS: { readonly [Name in SettingName]: Setting<SettingValues[Name]> } = {
  databaseUrl: {
    variable: 'DATABASE_URL',
    option: 'databaseUrl',
    ...url(['postgres:', 'postgresql:'], 'a PostgreSQL URL'),
    what: 'PostgreSQL that holds the ledger',
    byDefault: 'none, it must be set',
    example: 'postgres://app:secret@127.0.0.1:5432/app',
  },
  redisUrl: {
    variable: 'REDIS_URL',
    option: 'redisUrl',
    ...redisUrlForm(),
    what: 'Redis or Valkey that holds the queue, for queue redis: one server, `redis+cluster://h1:7000,h2:7001` or `redis+sentinel://h1:26379,h2:26379/mymaster`',
    byDefault: 'none: the queue is on PostgreSQL',
    example: 'redis://127.0.0.1:6379',
  },
  queue: {
    variable: 'LATCHKEY_QUEUE',
    option: 'queue',
    flag: '--queue',
    ...oneOf(['redis', 'postgres']),
    what: 'where BullMQ keeps its jobs',
    byDefault: 'redis where REDIS_URL is set, else postgres',
    example: 'redis',
  },
  queueName: {
    variable: 'LATCHKEY_QUEUE_NAME',
    option: 'queueName',
    flag: '--queue-name',
    ...text(/^[^:\p{Cc}]{1,200}$/u, 'up to 200 characters without a colon'),
    what: 'name of the BullMQ queue; producers and workers must agree',
    byDefault: DEFAULTS.queueName,
    example: 'tickets',
  },
  prefix: {
    variable: 'LATCHKEY_PREFIX',
    option: 'prefix',
    ...text(/^[^\s\p{Cc}]{1,200}$/u, 'up to 200 characters without spaces'),
    what: "prefix of BullMQ's keys in Redis; in braces for Redis Cluster",
    byDefault: DEFAULTS.prefix,
    example: '{latchkey}',
  },
  schema: {
    variable: 'LATCHKEY_SCHEMA',
    option: 'schema',
    flag: '--schema',
    ...text(
      /^[a-z_][a-z0-9_]{0,62}$/,
      'up to 63 lower-case letters, digits and underscores, not beginning with a digit',
    ),
    what: "schema of the ledger's tables",
    byDefault: DEFAULTS.schema,
    example: 'latchkey_staging',
  },
  encryptionKeys: {
    variable: 'LATCHKEY_ENCRYPTION_KEYS',
    option: 'encryptionKeys',
    ...keyRing(),
    what: 'keys for actions that encrypt, the current one first',
    byDefault: 'none: no action may encrypt',
    example: 'k1:ZXhhbXBsZS1vbmx5LW1ha2UtYS1rZXkteW91cnNlbGY=',
  },
  concurrency: {
    variable: 'LATCHKEY_CONCURRENCY',
    option: 'concurrency',
    flag: '--concurrency',
    ...wholeNumber(1, 10_000),
    what: 'effects under way at once',
    byDefault: String(DEFAULTS.concurrency),
    example: '50',
  },
  lockDurationMs: {
    variable: 'LATCHKEY_LOCK_MS',
    option: 'lockDurationMs',
    ...milliseconds(100),
    what: "BullMQ's lock on a job, renewed at half of it",
    byDefault: String(DEFAULTS.lockDurationMs),
    example: '30000',
  },
  stalledIntervalMs: {
    variable: 'LATCHKEY_STALLED_MS',
    option: 'stalledIntervalMs',
    ...milliseconds(100),
    what: 'how often BullMQ looks for jobs of dead workers',
    byDefault: String(DEFAULTS.stalledIntervalMs),
    example: '30000',
  },
  sweepIntervalMs: {
    variable: 'LATCHKEY_SWEEP_MS',
    option: 'sweep.intervalMs',
    ...milliseconds(10),
    what: 'pause between two sweeps, which repair what no worker will finish',
    byDefault: String(DEFAULTS.sweepIntervalMs),
    example: '5000',
  },
  sweepGraceMs: {
    variable: 'LATCHKEY_SWEEP_GRACE_MS',
    option: 'sweep.graceMs',
    ...milliseconds(0),
    what: 'how long an intent may be due before the sweep looks for its job',
    byDefault: String(DEFAULTS.sweepGraceMs),
    example: '5000',
  },
  name: {
    variable: 'LATCHKEY_WORKER_NAME',
    option: 'name',
    ...text(/^[^\p{Cc}/]{1,100}$/u, 'up to 100 characters without a slash'),
    what: 'name of this process in claims and logs',
    byDefault: 'host, process id and a random part',
    example: 'worker-1',
  },
  acceptUnsafeDatabase: {
    variable: 'LATCHKEY_ACCEPT_UNSAFE_DATABASE',
    option: 'acceptUnsafeDatabase',
    ...consent(),
    what: 'start on a database whose crash may forget claims (fsync off): for throw-away data alone',
    byDefault: 'no: the start is refused',
    example: 'yes',
  },
  metricsPort: {
    variable: 'LATCHKEY_METRICS_PORT',
    option: 'metricsPort',
    flag: '--metrics-port',
    ...wholeNumber(0, 65_535),
    what: 'port on which a worker serves /metrics, /healthz and /readyz',
    byDefault: 'none: they are not served',
    example: '9464',
  },
  metricsHost: {
    variable: 'LATCHKEY_METRICS_HOST',
    option: 'metricsHost',
    ...text(/^[0-9a-zA-Z.:-]{1,253}$/, 'a host name or an address'),
    what: 'address on which a worker serves them; they tell no payloads, and ask for no token',
    byDefault: DEFAULTS.metricsHost,
    example: '0.0.0.0',
  },
  tracing: {
    variable: 'LATCHKEY_TRACING',
    option: 'tracing',
    ...consent(),
    what: "make OpenTelemetry spans, BullMQ's included; an SDK that you register keeps them",
    byDefault: 'no',
    example: 'yes',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    option: null,
    ...oneOf(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']),
    what: 'the least important lines that are logged',
    byDefault: DEFAULTS.logLevel,
    example: 'debug',
  },
};

/** Every setting with its name. */
export function listSettings(): [SettingName, Setting<unknown>][] {
  return Object.entries(SETTINGS) as [SettingName, Setting<unknown>][];
}
