import type { Command } from '@commander-js/extra-typings';
import { answerOf, IntentUnknown } from '@latchkey/core';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { formatIntent } from './format-intent.ts';
import { intentId } from './intent-id.ts';
import { asReader } from './reader.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
It reads the ledger only, so that it works while the queue is away.

Example:
  latchkey show 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10

${describeEnvironment(['databaseUrl', 'schema'])}

${EXIT_CODES_HELP}`;

/** Adds `latchkey show`: one intent's record and story. */
export function addShowCommand(program: Command, { env, print }: Surroundings): void {
  program
    .command('show')
    .description('show one intent: where it stands, and its whole story')
    .argument('<intent-id>', 'id of the intent', intentId)
    .option('--schema <name>', describeFlag('schema'))
    .option('--json', 'print record, answer and story as JSON')
    .addHelpText('after', HELP)
    .action(async (id, { json, schema }) => {
      await asReader(env, { schema }, async (ledger) => {
        const record = await ledger.find(id);
        if (record === null) throw new IntentUnknown(id);
        const story = await ledger.story(record.id);
        const superseded = await ledger.superseded(record.id);
        const answer = answerOf(record, { replayed: true });
        print(
          json
            ? JSON.stringify({ record, answer, story, superseded }, null, 2)
            : formatIntent({ record, story, superseded }),
        );
      });
    });
}
