import { KeyRing, messageOf } from '@latchkey/core';
import { z } from 'zod';
import { parseRedisUrl } from '../redis/redis-address.ts';
import { maskUrl } from './mask-url.ts';

/** How a setting's value looks, as text of the environment and as JavaScript passes it. */
export interface ValueForm<T> {
  /** Says what is expected, after "expected". */
  readonly expected: string;
  readonly value: z.ZodType<T>;
  readonly fromText: z.ZodType<T, string>;
  /** Shows a wrong value without giving away a secret in it. */
  readonly show: (given: unknown) => string;
  /** Says more precisely what is wrong with a value, where that can be told; never quotes it. */
  readonly why?: (given: unknown) => string | undefined;
}

/** A whole number between two limits, both included. */
export function wholeNumber(least: number, most: number, unit = ''): ValueForm<number> {
  const value = z.int().min(least).max(most);
  return {
    expected: `a whole number${unit} from ${least} to ${most}`,
    value,
    fromText: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(value),
    show: shown,
  };
}

/** A whole number of milliseconds, up to what a timer can wait: 24 days. */
export function milliseconds(least: number): ValueForm<number> {
  return wholeNumber(least, 2_147_483_647, ' of milliseconds');
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly [T, ...T[]]): ValueForm<T> {
  const value = z.enum(words);
  const last = words.at(-1) ?? '';
  const expected = words.length === 1 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
  return { expected, value, fromText: value as z.ZodType<T, string>, show: shown };
}

/** A consent: `yes` in the environment, `true` in code. */
export function consent(): ValueForm<boolean> {
  return {
    expected: 'yes, or nothing (in code: true or false)',
    value: z.boolean(),
    fromText: z.literal('yes').transform(() => true),
    show: shown,
  };
}

/** Text of a pattern, described in words. */
export function text(pattern: RegExp, expected: string): ValueForm<string> {
  const value = z.string().regex(pattern);
  return { expected, value, fromText: value, show: shown };
}

/** Encryption keys; never shown, wrong ones neither. */
export function keyRing(): ValueForm<string> {
  const value = z.string().refine((given) => {
    try {
      KeyRing.from(given);
      return true;
    } catch {
      return false;
    }
  });
  const expected = 'id:base64 of 32 bytes each, ids of letters and digits, separated by commas';
  return { expected, value, fromText: value, show: () => 'something that is not shown' };
}

/** A URL of one of some protocols; shown with its password masked. */
export function url(protocols: readonly string[], expected: string): ValueForm<string> {
  const value = z.string().refine((given) => isUrl(given, protocols));
  return {
    expected: `${expected}, with special characters in its password percent-encoded`,
    value,
    fromText: value,
    show: (given) => (typeof given === 'string' ? shown(maskUrl(given)) : shown(given)),
  };
}

/** A Redis URL: of one server, of a cluster, or of Sentinel's. */
export function redisUrlForm(): ValueForm<string> {
  const why = (given: unknown): string | undefined => {
    try {
      parseRedisUrl(String(given));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  const value = z.string().refine((given) => why(given) === undefined);
  return {
    expected: 'a Redis URL, with special characters in its password percent-encoded',
    value,
    fromText: value,
    show: (given) => (typeof given === 'string' ? shown(maskUrl(given)) : shown(given)),
    why,
  };
}

function isUrl(given: string, protocols: readonly string[]): boolean {
  const parsed = URL.parse(given);
  // a slash or a question mark in a password ends the host early, and what follows looks like a path
  return parsed !== null && protocols.includes(parsed.protocol) && !parsed.pathname.includes('@');
}

function shown(given: unknown): string {
  const written = typeof given === 'object' ? Object.prototype.toString.call(given) : undefined;
  const all = written ?? (typeof given === 'string' ? JSON.stringify(given) : String(given));
  return all.length > 200 ? `${all.slice(0, 200)}…` : all;
}
