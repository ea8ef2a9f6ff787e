import type { Command } from '@commander-js/extra-typings';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { DECIDED_ACTIONS, DECIDED_JSON, DRY_RUN, decide } from './decide.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { intentId, someText } from './intent-id.ts';
import { listed } from './listed.ts';
import { OPERATOR_SETTINGS } from './operator.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Only an intent that failed can be replayed: it surely had no effect. One in doubt is resolved instead. One that
succeeded is answered with what is stored; \`latchkey rerun\` has it take effect a second time.

Example:
  latchkey replay 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10 --by ada --reason 'the desk is back'

${describeEnvironment(OPERATOR_SETTINGS)}

${EXIT_CODES_HELP}`;

/** Adds `latchkey replay`: performs a failed intent again, under the same key. */
export function addReplayCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('replay')
    .description('perform an intent again that failed, under the same key')
    .argument('<intent-id>', 'id of the intent', intentId)
    .requiredOption('--by <name>', 'who asks', someText)
    .requiredOption('--reason <text>', 'why it may work now', someText)
    .option('-a, --actions <module>', DECIDED_ACTIONS, listed, [])
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .option('--dry-run', DRY_RUN, false)
    .option('--json', DECIDED_JSON, false)
    .addHelpText('after', HELP)
    .action(async (id, { by, reason, dryRun, json, actions: modules, ...flags }) => {
      await decide(surroundings, flags, {
        id,
        verb: 'replay',
        dryRun,
        json,
        modules,
        carryOut: (client) => client.replay(id, { by, reason }),
        done: (key) => `replaying ${key}: a worker performs it under the same key`,
      });
    });
}
