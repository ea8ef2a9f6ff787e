import type { Setting } from './settings.ts';
import { text, wholeNumber } from './value-forms.ts';

/** Where the console listens unless something else is said. */
export const CONSOLE_DEFAULTS = { host: '127.0.0.1', port: 4180 } as const;

/** The value that each setting of the console holds. */
export interface ConsoleSettingValues {
  readonly host: string;
  readonly port: number;
  readonly tokens: string;
  readonly tokensFile: string;
}

/** Name of a setting of the console. */
export type ConsoleSettingName = keyof ConsoleSettingValues;

/** What is wrong with credentials is said without showing them. */
const unseen = { show: () => 'something that is not shown here' };

/** The settings that only the console has, in the order in which help texts list them. */
export const CONSOLE_SETTINGS: {
  readonly [Name in ConsoleSettingName]: Setting<ConsoleSettingValues[Name]>;
} = {
  host: {
    variable: 'LATCHKEY_HOST',
    option: 'host',
    flag: '--host',
    ...text(/^[0-9A-Za-z.:_-]{1,253}$/, 'a host name or an IP address'),
    what: 'address that the console listens on; anything but loopback needs tokens',
    byDefault: CONSOLE_DEFAULTS.host,
    example: '0.0.0.0',
  },
  port: {
    variable: 'LATCHKEY_PORT',
    option: 'port',
    flag: '--port',
    ...wholeNumber(0, 65_535),
    what: 'port that the console listens on; 0 takes any that is free',
    byDefault: String(CONSOLE_DEFAULTS.port),
    example: '8080',
  },
  tokens: {
    variable: 'LATCHKEY_TOKENS',
    option: null,
    ...text(/\S/, 'entries name:role:sha256, as `latchkey token` prints them, separated by commas'),
    ...unseen,
    what: 'who may use the console; only hashes, no tokens',
    byDefault: 'none: everybody on this machine may do everything',
    example: `ada:operator:${'0123456789abcdef'.repeat(4)}`,
  },
  tokensFile: {
    variable: 'LATCHKEY_TOKENS_FILE',
    option: null,
    flag: '--tokens-file',
    ...text(/^[^\0]{1,4096}$/, 'a path'),
    what: 'file with one entry of LATCHKEY_TOKENS a line',
    byDefault: 'none',
    example: '/run/secrets/latchkey-tokens',
  },
};

/** Every setting of the console with its name. */
export function listConsoleSettings(): [ConsoleSettingName, Setting<unknown>][] {
  return Object.entries(CONSOLE_SETTINGS) as [ConsoleSettingName, Setting<unknown>][];
}
