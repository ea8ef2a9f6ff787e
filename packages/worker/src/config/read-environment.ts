import { unknownOptions } from '@latchkey/core';
import { z } from 'zod';
import type { QueueKind } from '../queue/queue-backend.ts';
import { listConsoleSettings } from './console-settings.ts';
import { invalidConfig, malformed, missing, REDIS_URL_MISSING } from './faults.ts';
import { prefixFault } from './prefix-fault.ts';
import { DEFAULTS, type LogLevel, listSettings, SETTINGS, type SettingName } from './settings.ts';

/** Settings of one process as read from its environment; all but `logLevel` go to `startWorker` or `connect` as they are. */
export interface Environment {
  readonly databaseUrl: string;
  readonly redisUrl?: string;
  readonly queue: QueueKind;
  readonly queueName: string;
  readonly prefix: string;
  readonly schema: string;
  readonly encryptionKeys?: string;
  readonly concurrency: number;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  readonly sweep: { readonly intervalMs: number; readonly graceMs: number };
  readonly name?: string;
  readonly acceptUnsafeDatabase?: boolean;
  readonly metricsPort?: number;
  readonly metricsHost: string;
  readonly tracing: boolean;
  readonly logLevel: LogLevel;
}

/** Values of flags, which win over the variables. */
export type Flags = { readonly [Name in SettingName]?: string | undefined };

/** Names that begin like ours are ours: a misspelt one would be ignored in silence. */
const OURS = /^LATCHKEY_/;

const READ = z.object({
  databaseUrl: SETTINGS.databaseUrl.fromText,
  redisUrl: SETTINGS.redisUrl.fromText.optional(),
  queue: SETTINGS.queue.fromText.optional(),
  queueName: SETTINGS.queueName.fromText.default(DEFAULTS.queueName),
  prefix: SETTINGS.prefix.fromText.default(DEFAULTS.prefix),
  schema: SETTINGS.schema.fromText.default(DEFAULTS.schema),
  encryptionKeys: SETTINGS.encryptionKeys.fromText.optional(),
  concurrency: SETTINGS.concurrency.fromText.default(DEFAULTS.concurrency),
  lockDurationMs: SETTINGS.lockDurationMs.fromText.default(DEFAULTS.lockDurationMs),
  stalledIntervalMs: SETTINGS.stalledIntervalMs.fromText.default(DEFAULTS.stalledIntervalMs),
  sweepIntervalMs: SETTINGS.sweepIntervalMs.fromText.default(DEFAULTS.sweepIntervalMs),
  sweepGraceMs: SETTINGS.sweepGraceMs.fromText.default(DEFAULTS.sweepGraceMs),
  name: SETTINGS.name.fromText.optional(),
  acceptUnsafeDatabase: SETTINGS.acceptUnsafeDatabase.fromText.optional(),
  metricsPort: SETTINGS.metricsPort.fromText.optional(),
  metricsHost: SETTINGS.metricsHost.fromText.default(DEFAULTS.metricsHost),
  tracing: SETTINGS.tracing.fromText.default(false),
  logLevel: SETTINGS.logLevel.fromText.default(DEFAULTS.logLevel),
});

/**
 * Reads the settings of a process from its environment; an empty variable counts as not set.
 *
 * @param flags values given on the command line, which win
 * @throws {InvalidConfig} naming everything that is missing, malformed or misspelt at once.
 * @example
 * const { logLevel, ...settings } = readEnvironment(process.env);
 * const worker = await startWorker({ ...settings, actions: [createTicket] });
 */
export function readEnvironment(env: NodeJS.ProcessEnv, flags: Flags = {}): Environment {
  const texts = textsOf(env, flags);
  const read = READ.safeParse(texts);
  const queue = read.data?.queue ?? (texts.redisUrl === undefined ? 'postgres' : 'redis');
  const wrong = [
    ...misspelt(env),
    ...(read.error?.issues ?? []).map(({ path }) => faultOf(path[0] as SettingName, texts, flags)),
    ...((texts.queue ?? queue) === 'redis' && texts.redisUrl === undefined ? [REDIS_URL_MISSING] : []),
  ];
  const prefix = queue === 'redis' ? prefixFault(SETTINGS.prefix.variable, texts) : undefined;
  if (prefix !== undefined) wrong.push(prefix);
  if (!read.success || wrong.length > 0) throw invalidConfig([...new Set(wrong)]);
  const {
    sweepIntervalMs,
    sweepGraceMs,
    redisUrl,
    encryptionKeys,
    name,
    acceptUnsafeDatabase,
    metricsPort,
    ...rest
  } = read.data;
  return {
    ...rest,
    queue,
    sweep: { intervalMs: sweepIntervalMs, graceMs: sweepGraceMs },
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(encryptionKeys === undefined ? {} : { encryptionKeys }),
    ...(name === undefined ? {} : { name }),
    ...(metricsPort === undefined ? {} : { metricsPort }),
    ...(acceptUnsafeDatabase === undefined ? {} : { acceptUnsafeDatabase }),
  };
}

type Texts = { readonly [Name in SettingName]?: string };

function textsOf(env: NodeJS.ProcessEnv, flags: Flags): Texts {
  const given = listSettings().map(([name, { variable }]) => [name, flags[name] ?? env[variable]] as const);
  return Object.fromEntries(
    given.filter(([name, value]) => value !== undefined && (value !== '' || flags[name] === '')),
  );
}

function misspelt(env: NodeJS.ProcessEnv): string[] {
  const ours = Object.fromEntries(Object.entries(env).filter(([name]) => OURS.test(name)));
  return unknownOptions(
    ours,
    [...listSettings(), ...listConsoleSettings()].map(([, { variable }]) => variable),
    'variable',
  );
}

function faultOf(name: SettingName, texts: Texts, flags: Flags): string {
  const setting = SETTINGS[name];
  const label = flags[name] === undefined ? setting.variable : (setting.flag ?? setting.variable);
  const given = texts[name];
  return given === undefined ? missing(label, setting) : malformed(label, setting, given);
}
