import type { Command } from '@commander-js/extra-typings';
import { type AnyAction, SPEC_LINES, specOf } from '@latchkey/core';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { DEFAULTS } from '../config/settings.ts';
import { ACTIONS } from './actions-flag.ts';
import { EXIT, EXIT_CODES_HELP } from './exit-codes.ts';
import { listed } from './listed.ts';
import { loadActions } from './load-actions.ts';
import { printable } from './printable.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Seven lines an action: what is protected, what one intent is, its key fields, where it is kept and for how long, what is
recorded, and how it goes on after a crash. It needs no database.

Example:
  latchkey spec --actions ./actions.ts > docs/idempotency.md

${describeEnvironment(['schema'])}

${EXIT_CODES_HELP}`;

/** Adds `latchkey spec`: the idempotency of some modules' actions, as Markdown or JSON. */
export function addSpecCommand(program: Command, { env, cwd, print, leave }: Surroundings): void {
  program
    .command('spec')
    .description("print each action's idempotency in seven lines")
    .option('-a, --actions <module>', ACTIONS, listed, [])
    .option('--schema <name>', describeFlag('schema'))
    .option('--json', 'print JSON instead of Markdown')
    .addHelpText('after', HELP)
    .action(async ({ actions: modules, json, schema = env.LATCHKEY_SCHEMA || DEFAULTS.schema }) => {
      const actions = await loadActions(modules, cwd);
      const specs = actions.map((action) => ({ action: action.name, ...specOf(action, { schema }) }));
      print(
        json ? JSON.stringify(specs, null, 2) : actions.map((one) => inMarkdown(one, schema)).join('\n\n'),
      );
      leave(EXIT.done);
    });
}

function inMarkdown(action: AnyAction, schema: string): string {
  const spec = specOf(action, { schema });
  const lines = SPEC_LINES.map(([name, title]) => `- **${title}**: ${printable(spec[name])}`);
  return [`## ${action.name}`, '', ...lines].join('\n');
}
