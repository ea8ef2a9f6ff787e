import type { AnyAction } from '@latchkey/core';
import {
  type ConsoleSettings,
  type Credential,
  hashToken,
  newToken,
  type Role,
  type RunningConsole,
  startConsole,
} from '@latchkey/worker';
import { quiet, type Stage } from '../../worker/setup/stage.ts';

/** Somebody with a token. */
export interface Login {
  readonly name: string;
  readonly token: string;
}

/** One person of each role. */
export type Logins = Readonly<Record<Role, Login>>;

/** What a request says beside its path. */
export interface Asked {
  readonly method?: string;
  readonly as?: Login | null;
  /** Logs in as browsers do, who then send it along to every request; default: a bearer token. */
  readonly basic?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** A console on a stage, and its people. */
export interface ConsoleUnderTest {
  readonly console: RunningConsole;
  readonly logins: Logins;
  ask(path: string, asked?: Asked): Promise<Response>;
  /** Reads a page as a browser asks for it. */
  page(path: string, asked?: Asked): Promise<string>;
}

/** Makes one login of each role, and the credentials that let them in. */
export function makeLogins(): { logins: Logins; auth: Credential[] } {
  const made = (['viewer', 'approver', 'operator'] as const).map((role) => {
    const token = newToken();
    const name = `${role}-ada`;
    return {
      role,
      login: { name, token },
      entry: { name, role, sha256: hashToken(token)?.toString('hex') ?? '' },
    };
  });
  const logins = Object.fromEntries(made.map(({ role, login }) => [role, login])) as unknown as Logins;
  return { logins, auth: made.map(({ entry }) => entry) };
}

/** The `Authorization` header of a login. */
export function authorizationOf({ name, token }: Login, basic = false): string {
  return basic ? `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}` : `Bearer ${token}`;
}

/** Starts a console on a stage, on any free port; closed together with the stage. */
export async function runConsole(
  stage: Stage,
  actions: readonly AnyAction[] = [],
  choice: Partial<ConsoleSettings> = {},
): Promise<ConsoleUnderTest> {
  const { logins, auth } = makeLogins();
  // the shared servers hold the queues of all tests
  const settings = { ...stage.settings, allQueues: false, actions, auth, port: 0, log: quiet };
  const console = await startConsole({ ...settings, ...choice });
  stage.use({ [Symbol.asyncDispose]: () => console.close() });
  const ask = (path: string, asked: Asked = {}) => askConsole(console.url, path, asked);
  return {
    console,
    logins,
    ask,
    page: async (path, asked = { as: logins.operator }) =>
      (await ask(path, { ...asked, headers: { accept: 'text/html', ...asked.headers } })).text(),
  };
}

function askConsole(url: string, path: string, asked: Asked): Promise<Response> {
  const { as = null, basic = false, form, json, method = form || json ? 'POST' : 'GET' } = asked;
  const headers = {
    ...(as === null ? {} : { authorization: authorizationOf(as, basic) }),
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...asked.headers,
  };
  const body = form ? new URLSearchParams(form) : json === undefined ? null : JSON.stringify(json);
  return fetch(new URL(path, url), { method, headers, body, redirect: 'manual' });
}

/** Reads the hidden fields of the form on a page. */
export function hiddenFields(page: string): Record<string, string> {
  const fields = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]));
}
