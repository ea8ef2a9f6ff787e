import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { IntentUnknown, NotLegal } from '@latchkey/core';
import type { FoundIntent } from '../client/operator.ts';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { intentId, someText } from './intent-id.ts';
import { asOperator, OPERATOR_SETTINGS } from './operator.ts';
import { printable } from './printable.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Only an intent that succeeded can be rerun, and its effect then happens a SECOND time: a second ticket, a second
message. It is a new generation of the same intent, with the first stored input; how the old one ended is kept.
Without --attempt the command changes nothing: it says what would happen, and the line to type. To perform an
intent that failed, use \`latchkey replay\`, which makes no second effect.

Example:
  latchkey rerun 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10 --attempt 1 --by ada --reason 'the ticket was deleted by mistake'

${describeEnvironment(OPERATOR_SETTINGS)}

${EXIT_CODES_HELP}`;

/** No answer is of this attempt, so that nothing is rerun by somebody who saw none. */
const NOTHING_SEEN = 0;

/** Adds `latchkey rerun`: has a succeeded intent take effect once more. */
export function addRerunCommand(program: Command, { env, print }: Surroundings): void {
  program
    .command('rerun')
    .description('have an intent that succeeded take effect a SECOND time')
    .argument('<intent-id>', 'id of the intent', intentId)
    .requiredOption('--by <name>', 'who asks', someText)
    .requiredOption('--reason <text>', 'why a second effect is wanted', someText)
    .option(
      '--attempt <number>',
      'the attempt whose answer you saw; without it nothing is changed',
      wholeNumber,
    )
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .addHelpText('after', HELP)
    .action(async (id, { by, reason, attempt, ...flags }) => {
      await asOperator(env, flags, async (client) => {
        const found = await client.find(id);
        if (found === null) throw new IntentUnknown(id);
        if (attempt === undefined && found.answer.status === 'succeeded') throw new NotLegal(preview(found));
        await client.rerun(id, { by, reason, attempt: attempt ?? NOTHING_SEEN });
        print(`${printable(found.record.key)} is performed once more: a SECOND effect, by the same input`);
      });
    });
}

/** What would happen, for somebody who hasn't said yet what they saw. */
function preview({ record, answer }: FoundIntent): string {
  const created = answer.externalId === undefined ? '' : `, and created ${answer.externalId}`;
  return printable(
    `nothing was changed: ${record.key} succeeded in attempt ${answer.attempt}${created}. ` +
      'A rerun makes a SECOND effect; the answer becomes that of the second. ' +
      `If you want that, add --attempt ${answer.attempt}`,
  );
}

function wholeNumber(argument: string): number {
  const number = Number(argument);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return number;
}
