import { Argument, type Command } from '@commander-js/extra-typings';
import { bashCompletion, zshCompletion } from './completion-scripts.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
Examples:
  latchkey completion bash > ~/.local/share/bash-completion/completions/latchkey
  latchkey completion zsh > "\${fpath[1]}/_latchkey"
  source <(latchkey completion bash)`;

/** Adds `latchkey completion`: prints a script that completes commands, flags and their values. */
export function addCompletionCommand(program: Command, { print }: Surroundings): void {
  program
    .command('completion')
    .description('print a script for your shell that completes commands and flags')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh'] as const))
    .addHelpText('after', HELP)
    .action((shell) => print(shell === 'bash' ? bashCompletion(program) : zshCompletion(program)));
}
