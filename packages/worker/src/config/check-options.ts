import { unknownOptions } from '@latchkey/core';
import { invalidConfig, malformed, missing } from './faults.ts';
import { type KeyPlaces, prefixFault } from './prefix-fault.ts';
import { listSettings, type Setting } from './settings.ts';
import { wholeNumber } from './value-forms.ts';

/** Options that `startWorker` and `connect` know; the second makes no use of the last five, so that one object may serve both. */
export const OPTIONS = [
  'databaseUrl',
  'schema',
  'encryptionKeys',
  'migrate',
  'name',
  'log',
  'poolSize',
  'onKeyWarning',
  'hook',
  'metrics',
  'metricsPort',
  'metricsHost',
  'tracing',
  'queue',
  'redisUrl',
  'queueName',
  'prefix',
  'acceptUnsafeDatabase',
  'actions',
  'concurrency',
  'lockDurationMs',
  'stalledIntervalMs',
  'sweep',
  'onAnswered',
] as const;

const POOL_SIZE = { ...wholeNumber(1, 1_000), example: '10' };

/**
 * Checks what a client was given, for callers whom no compiler warns.
 *
 * @throws {InvalidConfig} naming everything that is unknown, missing or malformed at once.
 */
export function checkClientOptions(given: object): void {
  refuse(optionFaults(given));
}

/**
 * Checks what a worker was given, for callers whom no compiler warns.
 *
 * @throws {InvalidConfig} naming everything that is unknown, missing or malformed at once.
 */
export function checkWorkerOptions(given: object): void {
  const { actions } = asRecord(given);
  const none = Array.isArray(actions) && actions.length === 0;
  refuse([
    ...optionFaults(given),
    ...(none ? ['actions: none given; a worker without an action performs nothing'] : []),
  ]);
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw invalidConfig(faults);
}

function optionFaults(given: object): string[] {
  if (typeof given !== 'object' || given === null) return ['settings: an object is needed'];
  return [
    ...unknownOptions(given, OPTIONS),
    ...listSettings().flatMap(([, setting]) => settingFaults(given, setting)),
    ...prefixFaults(asRecord(given)),
    ...otherFaults(asRecord(given)),
  ];
}

function settingFaults(given: object, setting: Setting<unknown>): string[] {
  if (setting.option === null) return [];
  const value = setting.option.split('.').reduce<unknown>((inner, name) => asRecord(inner)[name], given);
  const needed =
    setting.option === 'databaseUrl' || (setting.option === 'redisUrl' && asRecord(given).queue === 'redis');
  if (value === undefined || (needed && value === ''))
    return needed ? [missing(setting.option, setting)] : [];
  return setting.value.safeParse(value).success ? [] : [malformed(setting.option, setting, value)];
}

function prefixFaults(given: Readonly<Record<string, unknown>>): string[] {
  const { queue, redisUrl, prefix, queueName } = given;
  const areTexts = [redisUrl, prefix, queueName].every((one) => one === undefined || typeof one === 'string');
  if (queue === 'postgres' || !areTexts) return [];
  return [prefixFault('prefix', given as KeyPlaces)].filter((fault) => fault !== undefined);
}

function otherFaults(given: Readonly<Record<string, unknown>>): string[] {
  const { actions, migrate, poolSize, hook, onKeyWarning, onAnswered, log, sweep, metrics } = given;
  const wrong: string[] = [];
  if (!Array.isArray(actions)) wrong.push('actions: an array of what defineAction made');
  if (migrate !== undefined && typeof migrate !== 'boolean') wrong.push('migrate: true or false');
  if (poolSize !== undefined && !POOL_SIZE.value.safeParse(poolSize).success) {
    wrong.push(malformed('poolSize', POOL_SIZE, poolSize));
  }
  if (hook !== undefined && typeof hook !== 'function') wrong.push('hook: a function');
  if (metrics !== undefined && typeof asRecord(metrics).registerMetric !== 'function')
    wrong.push('metrics: a registry of prom-client');
  if (onKeyWarning !== undefined && typeof onKeyWarning !== 'function')
    wrong.push('onKeyWarning: a function');
  if (onAnswered !== undefined && typeof onAnswered !== 'function') wrong.push('onAnswered: a function');
  if (log !== undefined && !isLog(log))
    wrong.push('log: a pino logger, or anything with its debug, info, warn and error');
  if (sweep !== undefined && sweep !== false) {
    if (typeof sweep !== 'object' || sweep === null) wrong.push('sweep: { intervalMs, graceMs }, or false');
    else wrong.push(...unknownOptions(sweep, ['intervalMs', 'graceMs']).map((fault) => `sweep: ${fault}`));
  }
  return wrong;
}

function isLog(given: unknown): boolean {
  const log = asRecord(given);
  return ['debug', 'info', 'warn', 'error'].every((level) => typeof log[level] === 'function');
}

function asRecord(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Readonly<Record<string, unknown>>) : {};
}
