import { InvalidConfig } from '@latchkey/core';
import { SETTINGS, type Setting } from './settings.ts';

type Described = Pick<Setting<unknown>, 'expected' | 'example' | 'show' | 'why'>;

/** Says that a setting isn't there, and what it looks like. */
export function missing(label: string, { expected, example }: Described): string {
  return `${label}: missing; expected ${expected}, like ${example}`;
}

/** Says what was given for a setting, its secrets masked, and what it looks like. */
export function malformed(
  label: string,
  { expected, example, show, why }: Described,
  given: unknown,
): string {
  const reason = why?.(given);
  return `${label}: got ${show(given)}${reason === undefined ? '' : ` (${reason})`}; expected ${expected}, like ${example}`;
}

/** Said where the queue is to be on Redis, and nothing says where Redis is. */
export const REDIS_URL_MISSING: string = `${missing('REDIS_URL', SETTINGS.redisUrl)}, for queue redis (or choose queue postgres)`;

/** A console that others can reach has to know who they are. */
export function openToOthers(label: string, host: string): string {
  return (
    `${label}: ${host} can be reached by others, and nobody would have to log in; ` +
    'set LATCHKEY_TOKENS (make entries with `latchkey token`), or listen on 127.0.0.1'
  );
}

/** Ends a sentence with a full stop, unless it is a question. */
export function sentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}

/** Puts all faults of a configuration into one error. */
export function invalidConfig(faults: readonly string[]): InvalidConfig {
  return new InvalidConfig(`the configuration isn't right:\n- ${faults.join('\n- ')}`);
}
