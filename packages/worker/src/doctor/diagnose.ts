import { checkSchema, LatchkeyError } from '@latchkey/core';
import { reachPostgres } from '../config/reach-postgres.ts';
import { DEFAULTS } from '../config/settings.ts';
import { checkQueueTables } from '../queue/queue-tables.ts';
import { type Finding, judge, type Subject } from './check.ts';
import { connectionsNeeded } from './connections-needed.ts';
import { examinePostgres, examineRedis } from './examine.ts';
import { acceptedOf, type Start } from './prepare-start.ts';
import { SETTINGS_CHECKS } from './settings-checks.ts';

/** What is diagnosed: a worker's start, and the tables that it would find. */
export interface Diagnosed extends Start {
  readonly work: NonNullable<Start['work']>;
  readonly schema: string;
}

/** Looks at all that a worker's start looks at, and answers everything found; what can't be reached is a row too. */
export async function diagnose({ queue, work, schema, ...start }: Diagnosed): Promise<Finding[]> {
  const { kind, databaseUrl, redisUrl } = queue;
  const poolSize = start.poolSize ?? DEFAULTS.poolSize;
  const needed = connectionsNeeded({ kind, poolSize, isWorker: true });
  const [postgres, redis] = await Promise.all([
    orRefused('postgresql', 'reachable', async () => [
      ...(await examinePostgres(databaseUrl, needed)),
      ...(await examineTables(databaseUrl, schema, kind === 'postgres')),
    ]),
    kind === 'redis' ? orRefused('redis', 'reachable', () => examineRedis(redisUrl ?? '')) : [],
  ]);
  const findings = [...postgres, ...redis, ...judge(SETTINGS_CHECKS, work)];
  return acceptedOf(findings, start.acceptUnsafeDatabase ?? false);
}

async function examineTables(databaseUrl: string, schema: string, withQueue: boolean): Promise<Finding[]> {
  const ledger = orRefused('postgresql', "the ledger's tables", async (check) => {
    await reachPostgres(databaseUrl, (client) => checkSchema(client, schema));
    return [there(check, `in schema ${schema}, of this version`)];
  });
  const queue = orRefused('postgresql', "BullMQ's tables", async (check) => {
    await checkQueueTables(databaseUrl);
    return [there(check, 'in schema bullmq, of this version')];
  });
  return (await Promise.all(withQueue ? [ledger, queue] : [ledger])).flat();
}

function there(check: string, found: string): Finding {
  return { subject: 'postgresql', check, acceptable: false, verdict: 'ok', found };
}

/** An error of ours says what is wrong and what to do; that is the row. */
async function orRefused(
  subject: Subject,
  check: string,
  look: (check: string) => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await look(check);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    return [{ subject, check, acceptable: false, verdict: 'refuse', found: error.message }];
  }
}
