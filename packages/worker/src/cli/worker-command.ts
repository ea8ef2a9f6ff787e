import { once } from 'node:events';
import type { Command } from '@commander-js/extra-typings';
import { pino } from 'pino';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { maskUrl } from '../config/mask-url.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { listSettings } from '../config/settings.ts';
import { startWorker } from '../worker/start-worker.ts';
import { ACTIONS } from './actions-flag.ts';
import { drain } from './drain.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { leaveOnSignals, logAndEndOnUncaught } from './leave-on-signals.ts';
import { listed } from './listed.ts';
import { loadActions } from './load-actions.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
It logs JSON to standard output. At the start database and queue must be there; once it runs, it survives their outages.
SIGTERM, SIGINT and SIGHUP drain it: it takes no more jobs, finishes and records what is performing, and ends with 0.
A second signal ends it at once, with 128 and the signal's number. What was performing is then settled by other
workers as the kind of its effect allows.

Example:
  export DATABASE_URL=postgres://app:secret@127.0.0.1:5432/app REDIS_URL=redis://127.0.0.1:6379
  latchkey worker --actions ./actions.ts --actions @acme/more-actions --concurrency 20

${describeEnvironment(listSettings().map(([name]) => name))}

${EXIT_CODES_HELP}`;

/** Adds `latchkey worker`: performs the actions of some modules until a signal comes. */
export function addWorkerCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('worker')
    .description('perform actions: take jobs off the queue until a signal comes')
    .option('-a, --actions <module>', ACTIONS, listed, [])
    .option('--concurrency <number>', describeFlag('concurrency'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .option('--schema <name>', describeFlag('schema'))
    .option('--metrics-port <number>', describeFlag('metricsPort'))
    .option('--migrate', 'make or update the tables first, as latchkey migrate does')
    .addHelpText('after', HELP)
    .action(async ({ actions: modules, migrate = false, ...flags }) => {
      const { logLevel, ...settings } = readEnvironment(surroundings.env, flags);
      const actions = await loadActions(modules, surroundings.cwd);
      const log = pino({ name: 'latchkey', level: logLevel }, pino.destination({ fd: 1, sync: true }));
      logAndEndOnUncaught(log);
      const stop = leaveOnSignals(log);
      const worker = await startWorker({ ...settings, actions, migrate, log });
      log.info(
        {
          worker: worker.name,
          actions: actions.map(({ name }) => name),
          concurrency: settings.concurrency,
          queue: settings.queue,
          queueName: settings.queueName,
          schema: settings.schema,
          database: maskUrl(settings.databaseUrl),
          ...(settings.queue === 'redis' && settings.redisUrl ? { redis: maskUrl(settings.redisUrl) } : {}),
        },
        'worker started',
      );
      if (!stop.aborted) await once(stop, 'abort');
      await drain(worker, log);
      log.info({ worker: worker.name }, 'worker left');
      // the modules of the actions may hold timers and connections of their own
      process.exit(0);
    });
}
