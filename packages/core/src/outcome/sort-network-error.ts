import { Ambiguous, LatchkeyError, messageOf, NotPerformed } from '../errors.ts';

/**
 * Errors that prove it only as the answer to connecting: an established connection can also end with EHOSTUNREACH, long
 * after the request went out.
 */
const WHILE_CONNECTING = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
]);

/** Errors of Node and of undici that arise before the first byte of a request is sent. */
const BEFORE_SENDING = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * Sorts an error of the network by what it proves: no connection was made → `NotPerformed`, else `Ambiguous`.
 *
 * It judges one request. An effect that already sent something else must not let a later refused connection pass for
 * proof; that is why the framework applies it to `ctx.fetch` alone, and effects with other clients call it themselves.
 *
 * @example
 * await transport.sendMail(mail).catch((error) => { throw sortNetworkError(error); });
 */
export function sortNetworkError(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  const reasons = rootsOf(error, 0);
  const message = messageOf(error);
  return reasons.length > 0 && reasons.every(isBeforeSending)
    ? new NotPerformed(message, { cause: error })
    : new Ambiguous(message, { cause: error });
}

/** Follows causes, and all branches of an AggregateError (several addresses tried), down to the first causes. */
function rootsOf(error: unknown, depth: number): unknown[] {
  if (depth > 8) return [error];
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((one: unknown) => rootsOf(one, depth + 1));
  }
  if (error instanceof Error && error.cause !== undefined) return rootsOf(error.cause, depth + 1);
  return [error];
}

function isBeforeSending(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code !== 'string') return false;
  return BEFORE_SENDING.has(code) || (syscall === 'connect' && WHILE_CONNECTING.has(code));
}
