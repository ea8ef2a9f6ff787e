import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { InvalidConfig } from '@latchkey/core';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { jsonFault } from '../json-fault.ts';
import { DECIDED_ACTIONS, DECIDED_JSON, DRY_RUN, decide } from './decide.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { intentId, someText } from './intent-id.ts';
import { listed } from './listed.ts';
import { OPERATOR_SETTINGS } from './operator.ts';
import type { Surroundings } from './surroundings.ts';

const OUTCOMES = ['succeeded', 'failed', 'not-performed'] as const;

/** What is true once a doubt is settled, by the word given. */
const FOLLOWS: Readonly<Record<(typeof OUTCOMES)[number], string>> = {
  succeeded: 'it succeeded; every later delivery gets this answer, and nothing is performed',
  failed: 'it failed; nothing is performed unless somebody replays it',
  'not-performed': 'it is pending again, and is performed under the same key',
};

const HELP = `
Look at the remote first. What you say is kept with your name and your reason.
  succeeded      the effect is there; give what it returned with --result
  failed         it isn't there, and must not happen any more
  not-performed  it isn't there, and may be performed again. If the worker that held the intent is only
                 paused, it may still send: make sure that it is gone

Example:
  latchkey resolve 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10 --as succeeded \\
    --by ada --reason 'found TICKET-77 at the desk' --result '{"ticket":"TICKET-77"}'

${describeEnvironment(OPERATOR_SETTINGS)}

${EXIT_CODES_HELP}`;

/** Adds `latchkey resolve`: settles a doubt by a person's word. */
export function addResolveCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('resolve')
    .description('settle an intent that is in doubt, once you know what happened at the remote')
    .argument('<intent-id>', 'id of the intent', intentId)
    .addOption(
      new Option('--as <outcome>', 'what is true at the remote').choices(OUTCOMES).makeOptionMandatory(),
    )
    .requiredOption('--by <name>', 'who decides', someText)
    .requiredOption('--reason <text>', 'how you know', someText)
    .option('--result <json>', 'result to answer with, for --as succeeded (default: null)', wrapped)
    .option('-a, --actions <module>', DECIDED_ACTIONS, listed, [])
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .option('--dry-run', DRY_RUN, false)
    .option('--json', DECIDED_JSON, false)
    .addHelpText('after', HELP)
    .action(async (id, { as, by, reason, result, dryRun, json, actions: modules, ...flags }) => {
      if (result !== undefined && as !== 'succeeded') {
        throw new InvalidConfig('--result: only with --as succeeded; nothing else has a result');
      }
      await decide(surroundings, flags, {
        id,
        verb: `resolve-${as}`,
        dryRun,
        json,
        modules,
        carryOut: (client) => client.resolve(id, { as, by, reason, ...result }),
        done: (key) => `resolved ${key}: ${FOLLOWS[as]}`,
      });
    });
}

/** Wrapped, so that null is a result too. */
function wrapped(argument: string): { readonly result: unknown } {
  const fault = jsonFault(argument);
  if (fault === null) return { result: JSON.parse(argument) as unknown };
  throw new InvalidArgumentError(`It must be JSON, text in double quotes; ${fault}.`);
}
