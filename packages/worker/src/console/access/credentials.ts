import { createHash, randomBytes } from 'node:crypto';
import { ROLES, type Role } from './roles.ts';

/**
 * Who may use the console. Only the hash of a token is kept: whoever reads the configuration can't log in with it.
 *
 * SHA-256 without salt or stretching is right for these tokens alone: each is 256 random bits, so that there is nothing
 * to guess, and a check costs microseconds, so that a flood of wrong ones costs nothing either. Passwords that people
 * choose would need scrypt; they are refused, since nothing but the form of our tokens is looked at.
 */
export interface Credential {
  /** Name that the history keeps; the user name of basic auth. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, as 64 hex digits. */
  readonly sha256: string;
}

/** Form of every token: a prefix that secret scanners can look for, and 256 random bits. */
const TOKEN = /^lk_[A-Za-z0-9_-]{43}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Makes a token; it is known only here and now. */
export function newToken(): string {
  return `lk_${randomBytes(32).toString('base64url')}`;
}

/** Hashes a token; `null` for what can't be one of ours. */
export function hashToken(token: string): Buffer | null {
  return TOKEN.test(token) ? createHash('sha256').update(token).digest() : null;
}

/** Writes a credential as `LATCHKEY_TOKENS` holds it. */
export function writeCredential({ name, role, sha256 }: Credential): string {
  return `${name}:${role}:${sha256}`;
}

/** Reads entries `name:role:sha256`, separated by commas or white space; what follows a # on its line is a comment. */
export function readCredentials(text: string): {
  readonly credentials: readonly Credential[];
  readonly faults: readonly string[];
} {
  const entries = text
    .replace(/#.*$/gm, '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  const credentials: Credential[] = [];
  const faults: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const [name = '', role = '', sha256 = ''] = entry.split(':');
    const fault = faultOf({ name, role, sha256 }, entry.split(':').length);
    if (fault !== null) faults.push(`entry ${index + 1}: ${fault}`);
    else credentials.push({ name, role: role as Role, sha256: sha256.toLowerCase() });
  }
  faults.push(...doubles(credentials));
  return { credentials, faults };
}

/** Says what is wrong with a credential without showing what may be a secret; `null`: nothing. */
export function faultOf(given: { name: string; role: string; sha256: string }, parts = 3): string | null {
  if (parts !== 3) return 'expected name:role:sha256, as `latchkey token` prints it';
  if (!NAME.test(given.name))
    return 'the name may hold up to 100 letters, digits, dots, dashes, underscores and @';
  if (!(ROLES as readonly string[]).includes(given.role))
    return `the role of ${given.name} must be ${ROLES.slice(0, -1).join(', ')} or ${ROLES.at(-1)}`;
  if (TOKEN.test(given.sha256))
    return `${given.name} has a token where its hash belongs; the token is known to whoever reads this now, make another`;
  if (!SHA256.test(given.sha256.toLowerCase()))
    return `the hash of ${given.name} must be 64 hexadecimal digits, as \`latchkey token\` prints them`;
  return null;
}

/** A name may have several tokens, so that one can replace another; but one role. */
function doubles(credentials: readonly Credential[]): string[] {
  const roles = new Map<string, Role>();
  return credentials.flatMap(({ name, role }) => {
    const first = roles.get(name) ?? role;
    roles.set(name, first);
    return first === role ? [] : [`${name} has two roles, ${first} and ${role}; choose one`];
  });
}
