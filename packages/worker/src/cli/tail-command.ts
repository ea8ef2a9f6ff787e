import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '@commander-js/extra-typings';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { awaitAnswer } from './await-answer.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { type Change, FollowedIntents } from './follow-intents.ts';
import { printable } from './printable.ts';
import { namedByFlag, states, wholeNumber } from './query-arguments.ts';
import { asReader } from './reader.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
It looks at the ledger again and again and costs the workers nothing. A state that comes and goes between two looks isn't
shown; \`latchkey show\` tells an intent's whole story. While the database is away it says so, and waits. Ctrl-C ends it,
with 0.

Examples:
  latchkey tail
  latchkey tail --action ticket.create --state failed,in_doubt --json

${describeEnvironment(['databaseUrl', 'schema'])}

${EXIT_CODES_HELP}`;

/** Adds `latchkey tail`: shows new intents and changes of state as they happen. */
export function addTailCommand(program: Command, { env, print, complain }: Surroundings): void {
  program
    .command('tail')
    .description('follow what happens: new intents and changes of state, a line each')
    .option('--action <name>', 'of this action')
    .option('--state <states>', 'only changes into these states; repeat it, or separate by commas', states)
    .option('--scope <tenant>', 'of this tenant')
    .option('--entity <fields>', 'on this shared entity: its fields and values like recordId=R-7, or its id')
    .option('--interval <ms>', 'pause between two looks, in milliseconds', wholeNumber(50, 600_000), 1_000)
    .option('--schema <name>', describeFlag('schema'))
    .option('--json', 'print each change as one line of JSON', false)
    .addHelpText('after', HELP)
    .action(async ({ state, json, interval, schema, ...query }) => {
      const stop = stopOnSignals();
      await asReader(env, { schema }, async (ledger, database) => {
        const followed = new FollowedIntents(ledger, query);
        const answerOf = <T>(asked: Promise<T>) => awaitAnswer(asked, { stop, database, complain });
        await answerOf(followed.start().catch(namedByFlag));
        if (!stop.aborted) complain('following; Ctrl-C ends it');
        while (!stop.aborted) {
          const look = await answerOf(followed.look());
          if (look === null) break;
          const shown = look.changes.filter(({ intent }) => state?.includes(intent.state) ?? true);
          for (const change of shown) print(json ? JSON.stringify(change) : lineOf(change));
          if (look.left)
            complain('more happens than can be shown: some is left out; name an action or a tenant');
          await sleep(interval, undefined, { signal: stop }).catch(() => undefined);
        }
      });
    });
}

function lineOf({ from, intent }: Change): string {
  const { key, id, action, state, token, error, externalId } = intent;
  const moved = from === null ? state : `${from} → ${state}`;
  const rest = [
    token > 0 ? `attempt ${token}` : '',
    error === null ? (externalId ?? '') : `${error.code}: ${error.message}`,
  ].filter((part) => part !== '');
  const time = new Date().toISOString().slice(11, 23);
  return printable([time, id, key === '' ? action : key, moved, ...rest].join('  '));
}
