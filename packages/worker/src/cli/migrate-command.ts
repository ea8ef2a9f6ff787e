import type { Command } from '@commander-js/extra-typings';
import { type Migrated, migrate } from '@latchkey/core';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { reachPostgres } from '../config/reach-postgres.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { migrateQueue } from '../queue/queue-tables.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Several processes may migrate at once; what is there already is left alone.

Example:
  DATABASE_URL=postgres://app:secret@127.0.0.1:5432/app latchkey migrate

${describeEnvironment(['databaseUrl', 'redisUrl', 'queue', 'schema'])}

${EXIT_CODES_HELP}`;

/** Adds `latchkey migrate`: makes or updates the tables of the ledger, and of a queue on PostgreSQL. */
export function addMigrateCommand(program: Command, { env, print }: Surroundings): void {
  program
    .command('migrate')
    .description('make or update the tables in PostgreSQL, before the first start and after an upgrade')
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', HELP)
    .action(async ({ json, ...flags }) => {
      const { databaseUrl, schema, queue } = readEnvironment(env, flags);
      await reachPostgres(databaseUrl, (client) => client.query('select 1'));
      const ledger = { schema, ...(await migrate({ connectionString: databaseUrl, schema })) };
      const jobs = queue === 'postgres' ? await migrateQueue(databaseUrl) : null;
      if (json) {
        print(JSON.stringify({ ledger, queue: { backend: queue, ...jobs } }, null, 2));
        return;
      }
      print(describe(`ledger, schema ${schema}`, ledger));
      print(jobs === null ? 'queue on Redis: it has no tables' : describe('queue, schema bullmq', jobs));
    });
}

function describe(what: string, { from, to, applied }: Migrated): string {
  if (applied.length === 0) return `${what}: version ${to}, nothing to do`;
  const steps = applied.map((name) => `\n  applied ${name}`).join('');
  return `${what}: version ${from} → ${to}${steps}`;
}
