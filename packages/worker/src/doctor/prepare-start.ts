import { type Log, Unfit } from '@latchkey/core';
import { allReached } from '../config/all-reached.ts';
import { DEFAULTS } from '../config/settings.ts';
import type { QueueOptions } from '../queue/queue-backend.ts';
import { checkQueueTables, migrateQueue } from '../queue/queue-tables.ts';
import { type Finding, judge } from './check.ts';
import { connectionsNeeded } from './connections-needed.ts';
import { examinePostgres, examineRedis } from './examine.ts';
import { SETTINGS_CHECKS, type SettingsToJudge } from './settings-checks.ts';

/** What may be said about the checks of a start. */
export interface StartOptions {
  /**
   * Starts on a database whose crash may forget claims (`fsync` off), so that one intent may have two effects; for
   * databases that are thrown away, such as those of tests. Default `false`.
   */
  readonly acceptUnsafeDatabase?: boolean;
}

/** What a start is checked with. */
export interface Start extends StartOptions {
  readonly queue: Omit<QueueOptions, 'log'>;
  readonly migrate?: boolean;
  readonly poolSize?: number;
  /** Settings of a worker; null for a client, which performs nothing. */
  readonly work: SettingsToJudge | null;
}

/**
 * Sees to it that a process can start: both places can be reached and are fit, and BullMQ's tables are there where it
 * needs any. Answers what should be logged.
 *
 * @throws {Unreachable}, {Unfit}, {SchemaMismatch} with the way out.
 */
export async function prepareStart(start: Start): Promise<Finding[]> {
  const { kind, databaseUrl, redisUrl } = start.queue;
  const needed = connectionsNeeded({
    kind,
    poolSize: start.poolSize ?? DEFAULTS.poolSize,
    isWorker: start.work !== null,
  });
  const [postgres, redis] = await allReached([
    examinePostgres(databaseUrl, needed),
    kind === 'redis' ? examineRedis(redisUrl ?? '') : Promise.resolve([]),
  ]);
  const settings = start.work === null ? [] : judge(SETTINGS_CHECKS, start.work);
  const findings = acceptedOf([...postgres, ...redis, ...settings], start.acceptUnsafeDatabase ?? false);
  const refused = findings.filter(({ verdict }) => verdict === 'refuse');
  if (refused.length > 0) throw new Unfit(`this start is refused:\n- ${refused.map(line).join('\n- ')}`);
  if (kind === 'postgres') {
    if (start.migrate) await migrateQueue(databaseUrl);
    else await checkQueueTables(databaseUrl);
  }
  return findings.filter(({ verdict }) => verdict === 'warn');
}

/** Turns refusals that somebody accepts into warnings. */
export function acceptedOf(findings: readonly Finding[], accept: boolean): Finding[] {
  return findings.map((finding) => {
    if (finding.verdict !== 'refuse' || !finding.acceptable) return finding;
    return accept
      ? { ...finding, verdict: 'warn', found: `${finding.found}, accepted by acceptUnsafeDatabase` }
      : { ...finding, todo: `${finding.todo}, accept it by LATCHKEY_ACCEPT_UNSAFE_DATABASE=yes` };
  });
}

/** Logs what a start found, once. */
export function logWarnings(log: Log, warnings: readonly Finding[]): void {
  for (const { subject, check, found, todo } of warnings) {
    log.warn({ subject, check, found, todo }, `${subject}: ${check}: ${found}`);
  }
}

function line({ subject, check, found, todo }: Finding): string {
  return `${subject}, ${check}: ${found}; ${todo}`;
}
