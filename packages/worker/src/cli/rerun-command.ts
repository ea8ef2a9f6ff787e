import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { DECIDED_ACTIONS, DECIDED_JSON, DRY_RUN, decide, REQUIRED_TO_DECIDE } from './decide.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { intentId, someText } from './intent-id.ts';
import { listed } from './listed.ts';
import { OPERATOR_SETTINGS } from './operator.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Only an intent that succeeded can be rerun, and its effect then happens a SECOND time: a second ticket, a second
message. It is a new generation of the same intent, with the first stored input; how the old one ended is kept.
To perform an intent that failed, use \`latchkey replay\`, which makes no second effect.

The rerun is bound to what you saw: give the attempt that --dry-run, or \`latchkey show\`, prints.

Example:
  latchkey rerun 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10 --attempt 1 --by ada --reason 'the ticket was deleted by mistake'

${describeEnvironment(OPERATOR_SETTINGS)}

${EXIT_CODES_HELP}`;

/** Attempt of no answer: who has seen none reruns nothing. */
const NONE_SEEN = 0;

/** Adds `latchkey rerun`: has a succeeded intent take effect once more. */
export function addRerunCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('rerun')
    .description('have an intent that succeeded take effect a SECOND time')
    .argument('<intent-id>', 'id of the intent', intentId)
    .requiredOption('--by <name>', 'who asks', someText)
    .requiredOption('--reason <text>', 'why a second effect is wanted', someText)
    .option('--attempt <number>', `the attempt whose answer you saw ${REQUIRED_TO_DECIDE}`, wholeNumber)
    .option('-a, --actions <module>', DECIDED_ACTIONS, listed, [])
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .option('--dry-run', DRY_RUN, false)
    .option('--json', DECIDED_JSON, false)
    .addHelpText('after', HELP);
  command.action(
    async (id, { by, reason, attempt = NONE_SEEN, dryRun, json, actions: modules, ...flags }) => {
      if (attempt === NONE_SEEN && !dryRun) {
        command.error(
          "error: required option '--attempt <number>' not specified: a rerun makes a SECOND effect, so that it has to " +
            'say which answer you saw; --dry-run says it, and what would happen',
        );
      }
      await decide(surroundings, flags, {
        id,
        verb: 'rerun',
        dryRun,
        json,
        modules,
        carryOut: (client) => client.rerun(id, { by, reason, attempt }),
        done: (key) => `${key} is performed once more, by the same input: a SECOND effect`,
      });
    },
  );
}

function wholeNumber(argument: string): number {
  const number = Number(argument);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return number;
}
