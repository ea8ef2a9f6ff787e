import { InvalidArgumentError } from '@commander-js/extra-typings';
import { InvalidQuery, STATES, type State } from '@latchkey/core';

const SPAN = /^(\d{1,6})(s|min|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Reads a time: one of ISO 8601, or how long ago. */
export function time(argument: string): Date {
  const [, count, unit = ''] = SPAN.exec(argument) ?? [];
  if (count !== undefined) return new Date(Date.now() - Number(count) * (UNIT_MS[unit] ?? 0));
  const date = new Date(TIME.test(argument) ? argument : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError(
    'A time is like 2026-03-01, 2026-03-01T09:30Z, or so long ago: 90s, 15min, 2h, 7d.',
  );
}

/** Reads states, singly or joined by commas; the flag may be repeated. */
export function states(argument: string, before: readonly State[] = []): readonly State[] {
  const named = argument.split(',').map((name) => name.trim());
  const unknown = named.find((name) => !(STATES as readonly string[]).includes(name));
  if (unknown === undefined) return [...before, ...(named as State[])];
  throw new InvalidArgumentError(
    `No state is named ${JSON.stringify(unknown)}; there are ${STATES.join(', ')}.`,
  );
}

/** Reads a whole number within limits. */
export function wholeNumber(least: number, most: number): (argument: string) => number {
  return (argument) => {
    const value = /^\d{1,9}$/.test(argument) ? Number(argument) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

/** Names what can't be in a query as it is named here, by the flag, and throws it. */
export function namedByFlag(error: unknown): never {
  if (!(error instanceof InvalidQuery)) throw error;
  const flagged = error.message.replace(
    /^(?!text:)([a-z]+)([A-Z][a-z]+)?: /,
    (_, first: string, second = '') => `--${first}${second === '' ? '' : `-${second.toLowerCase()}`}: `,
  );
  throw new InvalidQuery(flagged);
}
