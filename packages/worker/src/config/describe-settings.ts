import { listSettings, SETTINGS, type SettingName } from './settings.ts';

/** Describes a setting for the flag that sets it. */
export function describeFlag(name: SettingName): string {
  const { what, expected, byDefault, variable } = SETTINGS[name];
  return `${what}: ${expected} (default: ${byDefault}; or set ${variable})`;
}

/** Lists environment variables for a help text, two lines each. */
export function describeEnvironment(names: readonly SettingName[]): string {
  const width = Math.max(...names.map((name) => SETTINGS[name].variable.length));
  const lines = names.map((name) => {
    const { variable, what, byDefault, example } = SETTINGS[name];
    return `  ${variable.padEnd(width)}  ${what}\n  ${' '.repeat(width)}  like ${example} (default: ${byDefault})`;
  });
  return `Environment:\n${lines.join('\n')}`;
}

/** Lists all settings as a table of Markdown, for the docs. */
export function settingsMarkdown(): string {
  const rows = listSettings().map(([, { variable, option, what, byDefault, example }]) => {
    const name = option === null ? '' : `\`${option}\``;
    return `| \`${variable}\` | ${name} | ${what} | ${byDefault} | \`${example}\` |`;
  });
  return ['| variable | option | what | default | example |', '|---|---|---|---|---|', ...rows].join('\n');
}
