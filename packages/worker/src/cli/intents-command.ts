import type { Command } from '@commander-js/extra-typings';
import { STATES } from '@latchkey/core';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { countsTable, intentsTable } from './intents-table.ts';
import { namedByFlag, states, time, wholeNumber } from './query-arguments.ts';
import { asReader } from './reader.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
The newest comes first. A page may be short, or empty, and still have one after it: a search looks at so many intents
a page and no further. What is past its replay window is found by its id or key alone.
A key, and an entity's fields, that belong to a tenant are found together with --scope only.

Examples:
  latchkey intents ticket.create:caseId=CASE-1042
  latchkey intents --state in_doubt,awaiting_approval
  latchkey intents --action ticket.create --from 2h --json
  latchkey intents --counts

${describeEnvironment(['databaseUrl', 'schema'])}

${EXIT_CODES_HELP}`;

/** Adds `latchkey intents`: finds intents by what people know of them, and counts them. */
export function addIntentsCommand(program: Command, { env, print }: Surroundings): void {
  program
    .command('intents')
    .description('find intents: by key, id, what was made, state, action, time; or count them')
    .argument('[text]', 'an exact key, the id of an intent, or the id of what it made')
    .option('--action <name>', 'of this action')
    .option(
      '--state <states>',
      `in these states, of ${STATES.join(', ')}; repeat it, or separate by commas`,
      states,
    )
    .option('--scope <tenant>', 'of this tenant')
    .option('--entity <fields>', 'on this shared entity: its fields and values like recordId=R-7, or its id')
    .option('--external-id <id>', 'that made or changed this')
    .option(
      '--from <time>',
      'submitted at this time or later: 2026-03-01T09:30Z, or so long ago, like 2h',
      time,
    )
    .option('--to <time>', 'submitted before this time', time)
    .option('--limit <number>', 'intents on a page, up to 500', wholeNumber(1, 500), 50)
    .option('--after <place>', 'the page after this place, as the page before names it')
    .option('--counts', 'count by state instead, each action by itself', false)
    .option('--schema <name>', describeFlag('schema'))
    .option('--json', 'print `intents` and `next`, or the counts, as JSON', false)
    .addHelpText('after', HELP)
    .action(async (text, { state, json, counts, schema, ...query }, command) => {
      await asReader(env, { schema }, async (ledger) => {
        if (counts) {
          refuseWithCounts(command);
          const counted = await ledger.counts({ byAction: true, action: query.action }).catch(namedByFlag);
          print(json ? JSON.stringify(counted, null, 2) : countsTable(counted));
          return;
        }
        const page = await ledger.search({ ...query, text, states: state }).catch(namedByFlag);
        if (json) print(JSON.stringify(page, null, 2));
        else print(page.intents.length === 0 ? 'no intent here' : intentsTable(page.intents));
        if (!json && page.next !== null) print(`\nthere may be more: the same with --after ${page.next}`);
      });
    });
}

/** Counting knows actions only; a filter that did nothing would mislead. */
function refuseWithCounts(command: {
  getOptionValueSource(name: string): string | undefined;
  error(text: string): never;
  args: string[];
}): void {
  const others = ['state', 'scope', 'entity', 'externalId', 'from', 'to', 'after'];
  const given = others.filter((name) => command.getOptionValueSource(name) !== undefined);
  if (given.length === 0 && command.args.length === 0) return;
  command.error('error: --counts goes with --action alone');
}
