import type { Command, Option } from '@commander-js/extra-typings';
import { STATES } from '@latchkey/core';

// biome-ignore lint/suspicious/noExplicitAny: a command of any arguments and options
type AnyCommand = Command<any, any, any>;

/** What a command takes, for scripts of shells. */
interface Completed {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly {
    readonly names: readonly string[];
    readonly about: string;
    readonly values: Values;
  }[];
  readonly words: readonly string[];
}

/** What may follow a flag: nothing, files, one of some words, or anything. */
type Values = 'none' | 'files' | 'any' | readonly string[];

const FILES = /^--(?:actions|input|.*-file)$/;

/** Writes the completion for bash; made from the program, so that it knows every command and flag. */
export function bashCompletion(program: AnyCommand): string {
  const commands = commandsOf(program);
  const cases = commands.map(({ name, flags, words }) => {
    const names = [...flags.flatMap((flag) => flag.names), ...words].join(' ');
    const values = flags
      .filter((flag) => flag.values !== 'none')
      .map((flag) => `        ${flag.names.join('|')}) ${bashValues(flag.values)}; return ;;`);
    return `    ${name})
      case "$before" in
${[...values, '        *) ;;'].join('\n')}
      esac
      COMPREPLY=($(compgen -W '${names}' -- "$now")) ;;`;
  });
  return `# bash completion of latchkey
_latchkey() {
  local now="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help --help --version' -- "$now"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -F _latchkey latchkey`;
}

/** Writes the completion for zsh, with what each command and flag does. */
export function zshCompletion(program: AnyCommand): string {
  const commands = commandsOf(program);
  const cases = commands.map(({ name, flags, words }) => {
    const specs = flags.flatMap((flag) =>
      flag.names.map((flagName) => `'${flagName}[${zshText(flag.about)}]${zshValues(flag.values)}'`),
    );
    // empty where there are no words: with nothing in its place zsh would list flags and not complete them
    const rest = `'*:word:(${words.join(' ')})'`;
    return `    ${name}) _arguments ${[...specs, rest].join(' ')} ;;`;
  });
  const described = commands.map(({ name, about }) => `'${name}:${zshText(about)}'`);
  return `#compdef latchkey
_latchkey() {
  local -a commands
  commands=(${described.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name="\${words[2]}"
  shift words
  (( CURRENT -= 1 ))
  case "$name" in
${cases.join('\n')}
  esac
}
compdef _latchkey latchkey`;
}

function commandsOf(program: AnyCommand): Completed[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    flags: [
      ...command.options.map((option) => ({
        names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
        about: option.description,
        values: valuesOf(option),
      })),
      { names: ['--help'], about: 'display help for command', values: 'none' as const },
    ],
    words: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  }));
}

function valuesOf(option: Option): Values {
  if (!option.required && !option.optional) return 'none';
  if (option.argChoices !== undefined) return option.argChoices;
  if (option.long === '--state') return STATES;
  if (option.long === '--queue') return ['redis', 'postgres'];
  return FILES.test(option.long ?? '') ? 'files' : 'any';
}

function bashValues(values: Values): string {
  if (values === 'files') return 'COMPREPLY=($(compgen -f -- "$now"))';
  return Array.isArray(values) ? `COMPREPLY=($(compgen -W '${values.join(' ')}' -- "$now"))` : ':';
}

function zshValues(values: Values): string {
  if (values === 'none') return '';
  if (values === 'files') return ':file:_files';
  return Array.isArray(values) ? `:value:(${values.join(' ')})` : ':value:';
}

/** What has a meaning within a quoted specification is left out or replaced. */
function zshText(text: string): string {
  return text.replaceAll("'", '’').replaceAll(/[[\]\\:`$]/g, ' ');
}
