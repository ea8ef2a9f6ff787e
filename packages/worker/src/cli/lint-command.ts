import type { Command } from '@commander-js/extra-typings';
import { InvalidConfig } from '@latchkey/core';
import { ACTIONS } from './actions-flag.ts';
import { EXIT, EXIT_CODES_HELP } from './exit-codes.ts';
import { lintModules, type ModuleFinding } from './lint/lint-modules.ts';
import { listed } from './listed.ts';
import { printable } from './printable.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
It derives keys from each action's examples, or from an input that it makes up: with other clocks, host names, processes
and environments, which must make no difference. It needs no database.
Errors end it with 1, so that it fails a build; warnings don't. What is meant so is allowed in the definition:
  lint: { allow: [{ rule: 'key-attempt', path: 'attemptNumber', why: 'which sitting of the exam' }] }

Example:
  latchkey lint --actions ./actions.ts

${EXIT_CODES_HELP}`;

/** Adds `latchkey lint`: looks for bad keys in the definitions of some modules. */
export function addLintCommand(program: Command, { cwd, print, leave }: Surroundings): void {
  program
    .command('lint')
    .description('look for keys that would let an effect happen twice, or keep it from happening')
    .option('-a, --actions <module>', ACTIONS, listed, [])
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', HELP)
    .action(async ({ actions: modules, json }) => {
      if (modules.length === 0)
        throw new InvalidConfig(
          '--actions: missing; expected a module that exports actions, like ./actions.ts',
        );
      const { actions, findings } = await lintModules([...new Set(modules)], cwd);
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      const warnings = findings.length - errors;
      if (json) print(JSON.stringify({ actions, errors, warnings, findings }, null, 2));
      else print([...findings.map(described), summary(actions, errors, warnings)].join('\n\n'));
      leave(errors > 0 ? EXIT.refused : EXIT.done);
    });
}

function described({ severity, rule, action, path, reason, wayOut, module }: ModuleFinding): string {
  const place = path === undefined ? action : `${action}, ${path}`;
  return [
    `${severity} ${rule}: ${printable(place)} (${printable(module)})`,
    ...reason.split('\n').map((line) => `  ${printable(line)}`),
    `  → ${printable(wayOut)}`,
  ].join('\n');
}

function summary(actions: number, errors: number, warnings: number): string {
  const looked = `${actions} ${actions === 1 ? 'action' : 'actions'}`;
  if (errors + warnings === 0) return `${looked}: nothing found`;
  return `${looked}: ${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}
