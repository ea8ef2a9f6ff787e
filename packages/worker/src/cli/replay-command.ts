import type { Command } from '@commander-js/extra-typings';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { intentId, someText } from './intent-id.ts';
import { asOperator, OPERATOR_SETTINGS } from './operator.ts';
import { printable } from './printable.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Only an intent that failed can be replayed: it surely had no effect. One in doubt is resolved instead.

Example:
  latchkey replay 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10 --by ada --reason 'the desk is back'

${describeEnvironment(OPERATOR_SETTINGS)}

${EXIT_CODES_HELP}`;

/** Adds `latchkey replay`: performs a failed intent again, under the same key. */
export function addReplayCommand(program: Command, { env, print }: Surroundings): void {
  program
    .command('replay')
    .description('perform an intent again that failed, under the same key')
    .argument('<intent-id>', 'id of the intent', intentId)
    .requiredOption('--by <name>', 'who asks', someText)
    .requiredOption('--reason <text>', 'why it may work now', someText)
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .addHelpText('after', HELP)
    .action(async (id, { by, reason, ...flags }) => {
      await asOperator(env, flags, async (client) => {
        await client.replay(id, { by, reason });
        const found = await client.find(id);
        print(`replaying ${printable(found?.record.key ?? id)}: a worker performs it under the same key`);
      });
    });
}
