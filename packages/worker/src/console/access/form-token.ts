import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Credential } from './credentials.ts';

/** Makes and checks the hidden field that shows a form to be one of ours. */
export interface FormTokens {
  /** A token for one person's form that is sent to one address. */
  make(name: string, address: string): string;
  check(token: unknown, name: string, address: string): boolean;
}

/** How long an open form can be sent, in milliseconds. */
const LIFE_MS = 12 * 3_600_000;

/**
 * Opens form tokens: an HMAC over person, address and hour, so that nothing is kept on the server. The key comes from the
 * credentials, so that several consoles of the same configuration accept each other's forms; without any, it is random.
 */
export function openFormTokens(credentials: readonly Credential[], now: () => number = Date.now): FormTokens {
  const hashes = credentials.map(({ sha256 }) => sha256).sort();
  const key =
    hashes.length === 0
      ? randomBytes(32)
      : createHmac('sha256', hashes.join()).update('latchkey forms').digest();
  const sign = (at: string, name: string, address: string): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([at, name, address]))
      .digest();
  return {
    make: (name, address) => {
      const at = now().toString(36);
      return `${at}.${sign(at, name, address).toString('base64url')}`;
    },
    check: (token, name, address) => {
      if (typeof token !== 'string') return false;
      const [at = '', signature = ''] = token.split('.');
      const age = now() - Number.parseInt(at, 36);
      const given = Buffer.from(signature, 'base64url');
      const right = sign(at, name, address);
      return given.length === right.length && timingSafeEqual(given, right) && age >= 0 && age < LIFE_MS;
    },
  };
}
