import { valueAt } from '../action/paths.ts';
import { canonical, without } from './fingerprint.ts';

/** Names the free fields in which a later input differs from the first one. */
export function driftBetween(first: unknown, later: unknown, free: readonly string[]): string[] {
  return free.filter((path) => !alike(valueAt(first, path), valueAt(later, path)));
}

/** Names the fields, free ones aside, in which two inputs differ; nested objects down to the field. */
export function conflictBetween(first: unknown, later: unknown, free: readonly string[]): string[] {
  return differing(without(first, free), without(later, free), '');
}

function differing(first: unknown, later: unknown, at: string): string[] {
  if (alike(first, later)) return [];
  if (!isRecord(first) || !isRecord(later)) return [at === '' ? '(the whole input)' : at];
  const names = [...new Set([...Object.keys(first), ...Object.keys(later)])].sort();
  return names.flatMap((name) =>
    differing(own(first, name), own(later, name), at === '' ? name : `${at}.${name}`),
  );
}

/** Equal but for the normal form of their Unicode, as two spellings of one key are. */
function alike(first: unknown, later: unknown): boolean {
  return canonical(first).normalize('NFC') === canonical(later).normalize('NFC');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
