import { once } from 'node:events';
import type { Command } from '@commander-js/extra-typings';
import { pino } from 'pino';
import { CONSOLE_SETTINGS, listConsoleSettings } from '../config/console-settings.ts';
import { describeFlag, describeSetting, describeVariables } from '../config/describe-settings.ts';
import { readConsoleEnvironment } from '../config/read-console-environment.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { SETTINGS } from '../config/settings.ts';
import { startConsole } from '../console/start-console.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { logAndEndOnUncaught } from './leave-on-signals.ts';
import { listed } from './listed.ts';
import { loadActions } from './load-actions.ts';
import { OPERATOR_SETTINGS } from './operator.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Intents are at /intents, Bull Board is at /queues. Without tokens it listens on this machine only, and everybody here may
do everything. With tokens people log in with their name, and their token as the password.
SIGTERM, SIGINT and SIGHUP end it, with 0.

Example:
  latchkey token ada operator >> tokens.txt     # prints the token once, to the terminal
  latchkey serve --host 0.0.0.0 --tokens-file tokens.txt --actions ./actions.ts

${describeVariables([
  ...OPERATOR_SETTINGS.map((name) => SETTINGS[name]),
  ...listConsoleSettings().map(([, setting]) => setting),
])}

${EXIT_CODES_HELP}`;

const ACTIONS =
  'module that exports actions, so that previews say what each remote allows; repeat it, or separate by commas';

/** Adds `latchkey serve`: the console for people on call, until a signal comes. */
export function addServeCommand(program: Command, { env, cwd, complain }: Surroundings): void {
  program
    .command('serve')
    .description('serve the console: intents, their stories and decisions about them, and Bull Board')
    .option('-a, --actions <module>', ACTIONS, listed, [])
    .option('--host <address>', describeSetting(CONSOLE_SETTINGS.host))
    .option('--port <number>', describeSetting(CONSOLE_SETTINGS.port))
    .option('--tokens-file <path>', describeSetting(CONSOLE_SETTINGS.tokensFile))
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option(
      '--queue-name <names>',
      'the queue of the workers, and further ones to show that need not be there yet, separated by commas',
      listed,
      [],
    )
    .option('--only-named-queues', 'show only the named queues; default: all that are there')
    .option(
      '--show-unknown-jobs',
      'show the data of jobs that are none of the actions: nobody knows what is secret in it',
    )
    .addHelpText('after', HELP)
    .action(async ({ actions: modules, host, port, tokensFile, queueName: names, ...options }) => {
      const { onlyNamedQueues = false, showUnknownJobs = false, ...flags } = options;
      const [queueName, ...queueNames] = names;
      const shown = { queueNames, allQueues: !onlyNamedQueues, showUnknownJobs };
      const { logLevel, ...settings } = readEnvironment(env, { ...flags, queueName });
      const place = readConsoleEnvironment(env, { host, port, tokensFile });
      const actions = modules.length === 0 ? [] : await loadActions(modules, cwd);
      const log = pino({ name: 'latchkey', level: logLevel }, pino.destination({ fd: 1, sync: true }));
      logAndEndOnUncaught(log);
      const stop = stopOnSignals({
        first: (signal) =>
          log.info({ signal }, 'closing: the console answers no more; a second signal ends it at once'),
      });
      const console = await startConsole({ ...settings, ...place, ...shown, actions, log });
      log.info({ url: console.url, people: place.auth.length }, 'console started');
      complain(`console at ${console.url}`);
      if (!stop.aborted) await once(stop, 'abort');
      await console.close();
      log.info({}, 'console left');
      process.exit(0); // the modules of the actions may hold timers and connections of their own
    });
}
