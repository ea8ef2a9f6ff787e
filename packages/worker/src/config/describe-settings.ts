import { listSettings, SETTINGS, type Setting, type SettingName } from './settings.ts';

/** Describes a setting for the flag that sets it. */
export function describeFlag(name: SettingName): string {
  return describeSetting(SETTINGS[name]);
}

/** Describes any setting for the flag that sets it. */
export function describeSetting({ what, expected, byDefault, variable }: Setting<unknown>): string {
  return `${what}: ${expected} (default: ${byDefault}; or set ${variable})`;
}

/** Lists environment variables for a help text, two lines each. */
export function describeEnvironment(names: readonly SettingName[]): string {
  return describeVariables(names.map((name) => SETTINGS[name]));
}

/** Lists the variables of any settings for a help text, two lines each. */
export function describeVariables(settings: readonly Setting<unknown>[]): string {
  const width = Math.max(...settings.map(({ variable }) => variable.length));
  const lines = settings.map(
    ({ variable, what, byDefault, example }) =>
      `  ${variable.padEnd(width)}  ${what}\n  ${' '.repeat(width)}  like ${example} (default: ${byDefault})`,
  );
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
