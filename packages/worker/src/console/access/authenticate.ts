import { timingSafeEqual } from 'node:crypto';
import { type Credential, hashToken } from './credentials.ts';
import type { Role } from './roles.ts';

/** Who asks. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  /**
   * Whether the browser sends what this person is known by on its own, to every page that makes it: then a change needs
   * proof that it comes from a page of ours.
   */
  readonly ambient: boolean;
}

/** What an `Authorization` header tells: nobody is named, or somebody who isn't known, or who it is. */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'known'; readonly person: Person };

/** Everybody on this machine, where no tokens are set. */
export const LOCAL_PERSON: Person = { name: 'local', role: 'operator', ambient: true };

/**
 * Reads an `Authorization` header: `Bearer <token>`, or `Basic` with the name and the token as the password.
 *
 * The hash is compared with every credential's, in constant time and without stopping at the right one.
 */
export function authenticate(credentials: readonly Credential[], header: string | undefined): Authentication {
  if (header === undefined) return { kind: 'none' };
  const given = readHeader(header);
  const hash = given === null ? null : hashToken(given.token);
  if (given === null || hash === null) return { kind: 'wrong' };
  let found: Credential | null = null;
  for (const credential of credentials) {
    if (timingSafeEqual(hash, Buffer.from(credential.sha256, 'hex'))) found = credential;
  }
  if (found === null || (given.name !== null && given.name !== found.name)) return { kind: 'wrong' };
  return { kind: 'known', person: { name: found.name, role: found.role, ambient: given.name !== null } };
}

interface Given {
  /** `null` for a bearer token, which names nobody. */
  readonly name: string | null;
  readonly token: string;
}

function readHeader(header: string): Given | null {
  const [, scheme = '', rest = ''] = /^(\w+) +(\S+)$/.exec(header.trim()) ?? [];
  if (/^bearer$/i.test(scheme)) return { name: null, token: rest };
  if (!/^basic$/i.test(scheme)) return null;
  const [name = '', ...token] = Buffer.from(rest, 'base64').toString('utf8').split(':');
  return { name, token: token.join(':') };
}
