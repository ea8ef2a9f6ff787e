import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * Hashes all fields of an input that must agree between two submissions of one intent: all but the free ones.
 *
 * SHA-256 over canonical JSON (RFC 8785), as 64 hex digits.
 */
export function fingerprintOf(input: unknown, free: readonly string[]): string {
  return hash('sha256', canonical(without(input, free)), 'hex');
}

/** Writes a JSON value in the one way that RFC 8785 allows; `undefined` becomes an empty text. */
export function canonical(value: unknown): string {
  return canonicalize(value) ?? '';
}

/** Copies a JSON value without the fields at the given paths. */
export function without(input: unknown, paths: readonly string[]): unknown {
  if (paths.length === 0 || typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const copy: [string, unknown][] = [];
  for (const [name, value] of Object.entries(input)) {
    if (paths.includes(name)) continue;
    const below = paths
      .filter((path) => path.startsWith(`${name}.`))
      .map((path) => path.slice(name.length + 1));
    copy.push([name, without(value, below)]);
  }
  return Object.fromEntries(copy);
}
