import { readFileSync } from 'node:fs';
import { Command, Help, type Option } from '@commander-js/extra-typings';
import { describeEnvironment } from '../config/describe-settings.ts';
import { listSettings } from '../config/settings.ts';
import { addCompletionCommand } from './completion-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { addIntentsCommand } from './intents-command.ts';
import { addLintCommand } from './lint-command.ts';
import { addMigrateCommand } from './migrate-command.ts';
import { addReplayCommand } from './replay-command.ts';
import { addRerunCommand } from './rerun-command.ts';
import { addResolveCommand } from './resolve-command.ts';
import { addServeCommand } from './serve-command.ts';
import { addShowCommand } from './show-command.ts';
import { addSpecCommand } from './spec-command.ts';
import { addSubmitCommand } from './submit-command.ts';
import type { Surroundings } from './surroundings.ts';
import { addTailCommand } from './tail-command.ts';
import { addTokenCommand } from './token-command.ts';
import { addVerdictCommands } from './verdict-commands.ts';
import { addWorkerCommand } from './worker-command.ts';

const ABOUT = `One business intent, one side effect, however often the queue delivers it.

Begin with a PostgreSQL database and a module that exports what defineAction made:

  export DATABASE_URL=postgres://app:secret@127.0.0.1:5432/app
  latchkey migrate
  latchkey worker --actions ./actions.ts`;

/** Makes the command line: one file a command, each of which adds itself. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('latchkey')
    .description(ABOUT)
    .version(versionOf(), '-V, --version', 'print the version')
    .exitOverride()
    .configureHelp({ optionDescription: describeOption })
    .configureOutput({
      writeOut: (text) => surroundings.print(text.trimEnd()),
      writeErr: (text) => surroundings.complain(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help to the command for what it takes)');
  addWorkerCommand(program, surroundings);
  addLintCommand(program, surroundings);
  addSpecCommand(program, surroundings);
  addMigrateCommand(program, surroundings);
  addDoctorCommand(program, surroundings);
  addSubmitCommand(program, surroundings);
  addIntentsCommand(program, surroundings);
  addShowCommand(program, surroundings);
  addTailCommand(program, surroundings);
  addResolveCommand(program, surroundings);
  addReplayCommand(program, surroundings);
  addRerunCommand(program, surroundings);
  addVerdictCommands(program, surroundings);
  addServeCommand(program, surroundings);
  addTokenCommand(program, surroundings);
  addCompletionCommand(program, surroundings);
  const variables = describeEnvironment(listSettings().map(([name]) => name));
  program.addHelpText('after', `\n${variables}\n\n${EXIT_CODES_HELP}`);
  return program;
}

/** Commander marks no option that must be given. */
function describeOption(option: Option): string {
  const described = new Help().optionDescription(option);
  return option.mandatory ? `${described} (required)` : described;
}

/** The folder of the sources and that of the build are equally deep, so that one path leads to the manifest. */
function versionOf(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
