import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Tells whether a host, as one listens on it or a browser names it, is this machine and nothing else. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Tells whether the address in the `Host` header is one of this machine's own. Another page can have its name point to
 * 127.0.0.1 and so be of "one origin" with a server there; the name gives it away.
 */
export function namesThisMachine(host: string | undefined): boolean {
  const parsed = host === undefined ? null : URL.parse(`http://${host}`);
  return parsed !== null && isLoopback(parsed.hostname);
}

/**
 * Says why a change can't be known to come from a page of ours; `null` where it can. A browser says where a request
 * comes from (`Sec-Fetch-Site`, or `Origin` where it is older), and no page can make it lie.
 */
export function foreignOrigin(headers: IncomingHttpHeaders): string | null {
  const site = headers['sec-fetch-site'];
  const { origin, host } = headers;
  if (site !== undefined && site !== 'same-origin')
    return `it comes from elsewhere (Sec-Fetch-Site: ${site})`;
  if (origin !== undefined) {
    return URL.parse(origin)?.host === host && host !== undefined
      ? null
      : 'it comes from a page of another origin';
  }
  if (site !== undefined) return null;
  return 'it does not say where it comes from; programs use a bearer token, or send an Origin header';
}
