import { readFileSync } from 'node:fs';
import { messageOf } from '@latchkey/core';
import { type Credential, readCredentials } from '../console/access/credentials.ts';
import { isLoopback } from '../console/access/same-origin.ts';
import { CONSOLE_DEFAULTS, CONSOLE_SETTINGS, type ConsoleSettingName } from './console-settings.ts';
import { invalidConfig, malformed, openToOthers } from './faults.ts';

/** Where the console listens and who may use it, as read from the environment. */
export interface ConsoleEnvironment {
  readonly host: string;
  readonly port: number;
  /** Empty: no tokens are set. */
  readonly auth: readonly Credential[];
}

/** Values of flags, which win over the variables. */
export type ConsoleFlags = { readonly [Name in ConsoleSettingName]?: string | undefined };

/**
 * Reads the console's own settings from the environment.
 *
 * @throws {InvalidConfig} naming everything that is wrong at once.
 */
export function readConsoleEnvironment(env: NodeJS.ProcessEnv, flags: ConsoleFlags = {}): ConsoleEnvironment {
  const wrong: string[] = [];
  const given = (name: ConsoleSettingName): string | undefined =>
    flags[name] ?? (env[CONSOLE_SETTINGS[name].variable] || undefined);
  const labelOf = (name: ConsoleSettingName): string => {
    const { variable, flag = variable } = CONSOLE_SETTINGS[name];
    return flags[name] === undefined ? variable : flag;
  };
  const read = <T>(name: ConsoleSettingName, byDefault: T): T => {
    const text = given(name);
    if (text === undefined) return byDefault;
    const parsed = CONSOLE_SETTINGS[name].fromText.safeParse(text);
    if (!parsed.success) wrong.push(malformed(labelOf(name), CONSOLE_SETTINGS[name], text));
    return parsed.success ? (parsed.data as T) : byDefault;
  };
  const host = read<string>('host', CONSOLE_DEFAULTS.host);
  const port = read<number>('port', CONSOLE_DEFAULTS.port);
  const file = read<string | null>('tokensFile', null);
  const tokensFile = labelOf('tokensFile');
  const auth = [
    ...credentialsOf(labelOf('tokens'), read('tokens', ''), wrong),
    ...(file === null ? [] : credentialsOf(tokensFile, textOf(tokensFile, file, wrong), wrong)),
  ];
  if (file !== null && auth.length === 0 && wrong.length === 0)
    wrong.push(`${tokensFile}: ${file} holds no entry; make one with \`latchkey token\``);
  // where the tokens are wrong, that is said
  if (!isLoopback(host) && auth.length === 0 && wrong.length === 0)
    wrong.push(openToOthers(labelOf('host'), host));
  if (wrong.length > 0) throw invalidConfig(wrong);
  return { host, port, auth };
}

function textOf(label: string, file: string, wrong: string[]): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    wrong.push(`${label}: can't be read: ${messageOf(error)}`);
    return '';
  }
}

function credentialsOf(label: string, text: string, wrong: string[]): readonly Credential[] {
  const { credentials, faults } = readCredentials(text);
  wrong.push(...faults.map((fault) => `${label}: ${fault}`));
  return credentials;
}
