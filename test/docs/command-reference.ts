import { EXIT_CODES_HELP } from '../../packages/worker/src/cli/exit-codes.ts';
import { createProgram } from '../../packages/worker/src/cli/program.ts';

/** Writes the reference of all commands as Markdown: what `--help` says, without the environment and the exit codes. */
export function commandReference(): string {
  const nothing = () => undefined;
  const program = createProgram({ env: {}, cwd: '/', print: nothing, complain: nothing, leave: nothing });
  return program.commands
    .map((command) => {
      const args = command.registeredArguments.map((one) => [
        one.required ? `<${one.name()}>` : `[${one.name()}]`,
        one.description,
      ]);
      const flags = command.options.map((option) => [option.flags, textOf(option)]);
      const rows = [...args, ...flags].map(([name, what]) => `| \`${name}\` | ${cell(what)} |`);
      const usage = `latchkey ${command.name()} ${command.usage()}`;
      const table = rows.length === 0 ? [] : ['', '| | |', '| --- | --- |', ...rows];
      return [
        `### latchkey ${command.name()}`,
        '',
        `\`${usage}\``,
        '',
        sentence(command.description()),
        ...table,
      ].join('\n');
    })
    .join('\n\n');
}

/** Writes the exit codes as a table of Markdown. */
export function exitCodesTable(): string {
  const codes = [...EXIT_CODES_HELP.matchAll(/^ {2}(\d) {2}(.*)$/gm)];
  return ['| code | |', '| --- | --- |', ...codes.map(([, code, what]) => `| ${code} | ${what} |`)].join(
    '\n',
  );
}

function textOf(option: {
  description: string;
  mandatory: boolean;
  argChoices?: readonly string[] | undefined;
  defaultValue?: unknown;
}): string {
  const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`;
  const plain = typeof option.defaultValue === 'number' ? ` (default: ${option.defaultValue})` : '';
  return `${option.description}${choices}${plain}${option.mandatory ? ' (required)' : ''}`;
}

const cell = (text = ''): string => text.replaceAll('|', '\\|');
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
