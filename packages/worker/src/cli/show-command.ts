import type { Command } from '@commander-js/extra-typings';
import { answerOf, IntentUnknown, redactRecord, redactSuperseded } from '@latchkey/core';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { ACTIONS } from './actions-flag.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { formatIntent } from './format-intent.ts';
import { intentId } from './intent-id.ts';
import { listed } from './listed.ts';
import { loadActions } from './load-actions.ts';
import { asReader } from './reader.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
It reads the ledger only, so that it works while the queue is away. What is secret stands in the definitions, so that
without --actions the values of input and result are left out.

Example:
  latchkey show 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10 --actions ./actions.ts

${describeEnvironment(['databaseUrl', 'schema', 'encryptionKeys'])}

${EXIT_CODES_HELP}`;

/** Adds `latchkey show`: one intent's record and story. */
export function addShowCommand(program: Command, { env, cwd, print, complain }: Surroundings): void {
  program
    .command('show')
    .description('show one intent: where it stands, and its whole story')
    .argument('<intent-id>', 'id of the intent', intentId)
    .option(
      '-a, --actions <module>',
      `${ACTIONS}; shows the values of input and result but for what they redact`,
      listed,
      [],
    )
    .option('--schema <name>', describeFlag('schema'))
    .option('--json', 'print record, answer and story as JSON')
    .addHelpText('after', HELP)
    .action(async (id, { json, schema, actions: modules }) => {
      const actions = modules.length === 0 ? [] : await loadActions(modules, cwd);
      await asReader(env, { schema }, async (ledger) => {
        const found = await ledger.find(id);
        if (found === null) throw new IntentUnknown(id);
        const action = actions.find(({ name }) => name === found.action) ?? null;
        const record = redactRecord(action, found);
        const story = await ledger.story(record.id);
        const earlier = await ledger.superseded(record.id);
        const superseded = earlier.map((each) => redactSuperseded(action, each));
        const answer = answerOf(record, { replayed: true });
        print(
          json
            ? JSON.stringify({ record, answer, story, superseded }, null, 2)
            : formatIntent({ record, story, superseded }),
        );
        const isHidden = [record.input, record.result].some((text) => text?.includes('[redacted]'));
        if (!json && action === null && isHidden) complain(hint(found.action, modules.length > 0));
      });
    });
}

function hint(action: string, isAnyGiven: boolean): string {
  return isAnyGiven
    ? `values are hidden: no module given exports ${action}`
    : 'values are hidden: with --actions <module> they are shown, but for what their action redacts';
}
