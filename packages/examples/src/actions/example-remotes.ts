import { NotPerformed } from '@latchkey/core';

/** Where the remotes of the example actions are. */
export interface ExampleRemotes {
  /** The ticket desk, like `http://127.0.0.1:8080`. */
  readonly deskUrl: string;
  /** The mail server, like `smtp://127.0.0.1:2525`. */
  readonly smtpUrl: string;
  /** The site, like `http://127.0.0.1:8081`. */
  readonly siteUrl: string;
}

/**
 * Takes the remotes from `LATCHKEY_DESK_URL`, `LATCHKEY_SMTP_URL` and `LATCHKEY_SITE_URL`.
 *
 * Each is read when an effect needs it, so that a worker of tickets alone needs no mail server.
 *
 * @throws {NotPerformed} at the reading of one that is missing: nothing was sent, and a retry finds it once it is set.
 */
export function remotesFromEnvironment(env: NodeJS.ProcessEnv = process.env): ExampleRemotes {
  return {
    get deskUrl() {
      return urlIn(env, 'LATCHKEY_DESK_URL', 'http://127.0.0.1:8080');
    },
    get smtpUrl() {
      return urlIn(env, 'LATCHKEY_SMTP_URL', 'smtp://127.0.0.1:2525');
    },
    get siteUrl() {
      return urlIn(env, 'LATCHKEY_SITE_URL', 'http://127.0.0.1:8081');
    },
  };
}

function urlIn(env: NodeJS.ProcessEnv, name: string, example: string): string {
  const url = env[name];
  if (url !== undefined && URL.canParse(url)) return url;
  const found = url === undefined ? 'is not set' : 'is no URL';
  throw new NotPerformed(`${name} ${found}: give the worker the address of that remote, like ${example}`);
}
