import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { hashToken, newToken, type Role, startConsole } from '@latchkey/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportFault } from '../faults/report.ts';
import { openStage, quiet, type Stage } from '../worker/setup/stage.ts';
import { publish } from './setup/held-actions.ts';
import { type ConsoleUnderTest, hiddenFields, runConsole } from './setup/running-console.ts';

let stage: Stage;
let under: ConsoleUnderTest;
let id: string;
beforeAll(async () => {
  stage = await openStage('redis');
  under = await runConsole(stage, [publish]);
  const client = await stage.connect(publish);
  id = (await client.submit(publish, { caseId: randomUUID() })).id;
});
afterAll(() => stage.close());

/** Every route, and the least role that may use it; `null`: everybody. */
const queue = () => `/queues/api/queues/${stage.settings.queueName}`;
const READS: readonly (readonly [path: () => string, Role | null])[] = [
  [() => '/healthz', null],
  [() => '/readyz', null],
  [() => '/assets/console.css', null],
  [() => '/metrics', 'viewer'],
  [() => '/', 'viewer'],
  [() => '/intents', 'viewer'],
  [() => `/intents/${id}`, 'viewer'],
  [() => `/intents/${id}/approve`, 'approver'],
  [() => `/intents/${id}/reject`, 'approver'],
  [() => `/intents/${id}/cancel`, 'operator'],
  [() => `/intents/${id}/resolve`, 'operator'],
  [() => `/intents/${id}/replay`, 'operator'],
  [() => '/queues/', 'viewer'],
  [() => '/queues/api/queues', 'viewer'],
  [() => `${queue()}/jobs`, 'viewer'],
  [() => '/nowhere', 'viewer'],
];
const WRITES: readonly (readonly [method: string, path: () => string, Role])[] = [
  ['POST', () => `/intents/${randomUUID()}/approve`, 'approver'],
  ['POST', () => `/intents/${randomUUID()}/reject`, 'approver'],
  ['POST', () => `/intents/${randomUUID()}/cancel`, 'operator'],
  ['POST', () => `/intents/${randomUUID()}/resolve`, 'operator'],
  ['POST', () => `/intents/${randomUUID()}/replay`, 'operator'],
  ['PUT', () => `${queue()}/nothing/retry/failed`, 'operator'],
  ['PUT', () => `${queue()}/retry/failed`, 'operator'],
  ['PUT', () => `${queue()}/pause`, 'operator'],
  ['PUT', () => `${queue()}/resume`, 'operator'],
  ['PUT', () => `${queue()}/clean/completed`, 'operator'],
  ['PATCH', () => `${queue()}/nothing/update-data`, 'operator'],
  ['POST', () => `${queue()}/add`, 'operator'],
  ['DELETE', () => '/nowhere', 'operator'],
];
const ROLES = ['viewer', 'approver', 'operator'] as const;

describe('access', () => {
  test.each(READS.map(([path, least]) => ({ path, least, at: String(path).slice(6) })))(
    'to read $at needs $least',
    async ({ path, least }) => {
      const nobody = await under.ask(path());
      expect(nobody.status === 401).toBe(least !== null);
      for (const role of ROLES) {
        const { status } = await under.ask(path(), { as: under.logins[role] });
        const may = least === null || ROLES.indexOf(role) >= ROLES.indexOf(least);
        expect([role, status === 403]).toEqual([role, !may]);
        expect(status).not.toBe(401);
      }
    },
  );

  test.each(WRITES.map(([method, path, least]) => ({ method, path, least, at: String(path).slice(6) })))(
    'to $method $at needs $least',
    async ({ method, path, least }) => {
      const nobody = await under.ask(path(), { method });
      expect(nobody.status).toBe(401);
      expect(nobody.headers.get('www-authenticate')).toMatch(/^Basic realm/);
      for (const role of ROLES) {
        const { status } = await under.ask(path(), { method, as: under.logins[role] });
        const may = ROLES.indexOf(role) >= ROLES.indexOf(least);
        expect([role, status === 403]).toEqual([role, !may]);
      }
    },
  );

  test('knows a person by bearer token and by basic auth, and by nothing that only resembles them', async () => {
    const { operator, viewer } = under.logins;
    const status = async (authorization: string): Promise<number> =>
      (
        await fetch(`${under.console.url}/intents`, {
          headers: { authorization, 'x-forwarded-for': '10.0.0.1' },
        })
      ).status;
    const basic = (name: string, token: string) =>
      `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`;
    expect(await status(`Bearer ${operator.token}`)).toBe(200);
    expect(await status(basic(operator.name, operator.token))).toBe(200);
    expect(await status(basic(viewer.name, operator.token))).toBe(401);
    expect(await status(`Bearer ${hashToken(operator.token)?.toString('hex')}`)).toBe(401);
    expect(await status(`Bearer ${operator.token.slice(0, -1)}`)).toBe(401);
    expect(await status(`Digest ${operator.token}`)).toBe(401);
  });

  test('shows metrics of ledger and queue to a viewer', async () => {
    const response = await under.ask('/metrics', { as: under.logins.viewer });
    const text = await response.text();
    expect(text).toContain(`latchkey_intents{action="${publish.name}",state="awaiting_approval"}`);
    expect(text).toContain('latchkey_queue_jobs{state="waiting"} ');
  });

  test('sets headers that keep pages to themselves', async () => {
    for (const path of ['/intents', '/queues/']) {
      const { headers } = await under.ask(path, { as: under.logins.viewer });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/script-src 'self'(?:;|$)/);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
  });
});

describe('a change', () => {
  const formOf = async (path: string): Promise<Record<string, string>> =>
    hiddenFields(await under.page(path));

  test('fault 47: is refused without a token, from a foreign page, and without the form of this console', async ({
    task,
  }) => {
    const client = await stage.connect(publish);
    const intent = (await client.submit(publish, { caseId: randomUUID() })).id;
    const path = `/intents/${intent}/approve`;
    const { operator } = under.logins;
    const fields = await formOf(path);
    const form: Record<string, string> = { ...fields, reason: 'because' };
    const own = { origin: under.console.url };
    const refusals = [
      await under.ask(path, { form }),
      await under.ask(path, { form, as: operator, basic: true }),
      await under.ask(path, { form, as: operator, basic: true, headers: { origin: 'https://evil.example' } }),
      await under.ask(path, { form, as: operator, basic: true, headers: { origin: 'null' } }),
      await under.ask(path, {
        form,
        as: operator,
        basic: true,
        headers: { ...own, 'sec-fetch-site': 'cross-site' },
      }),
      await under.ask(path, { form, as: operator, basic: true, headers: { 'sec-fetch-site': 'same-site' } }),
      await under.ask(path, { form: { ...form, form: '' }, as: operator, basic: true, headers: own }),
      await under.ask(path, {
        form: { ...form, form: `${form.form}x` },
        as: operator,
        basic: true,
        headers: own,
      }),
      await under.ask(path, {
        form: { ...form, form: (await formOf(`/intents/${intent}/cancel`)).form ?? '' },
        as: operator,
        basic: true,
        headers: own,
      }),
      // what another person's page holds is of no use to this one
      await under.ask(path, { form, as: under.logins.approver, basic: true, headers: own }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([401, 403, 403, 403, 403, 403, 403, 403, 403, 403]);
    expect((await client.find(intent))?.record.state).toBe('awaiting_approval');

    const done = await under.ask(path, { form, as: operator, basic: true, headers: own });
    expect(done.status).toBe(303);
    const found = await client.find(intent);
    expect(found?.record.state).toBe('pending');
    expect(found?.story.at(-1)).toMatchObject({
      event: 'approved',
      actor: operator.name,
      detail: { reason: 'because' },
    });
    reportFault({ task }, { times: refusals.length, wanted: 0, done: 0 });
  });

  test('of a queue is refused from a foreign page, a plain form that needs no permission to be sent included', async () => {
    const add = `${queue()}/add`;
    const before = await jobs();
    const sent = (headers: Record<string, string>) =>
      under.ask(add, {
        method: 'POST',
        as: under.logins.operator,
        basic: true,
        headers: { 'content-type': 'text/plain', ...headers },
      });
    expect((await sent({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await sent({})).status).toBe(403);
    expect(await jobs()).toBe(before);
  });

  test('needs a reason, and one about the attempt and the content that were seen', async () => {
    const client = await stage.connect(publish);
    const intent = (await client.submit(publish, { caseId: randomUUID() })).id;
    const path = `/intents/${intent}/approve`;
    const as = under.logins.approver;
    const fields = await formOf(path);
    expect((await under.ask(path, { as, form: { ...fields, reason: ' ' } })).status).toBe(400);
    const changed = await under.ask(path, {
      as,
      form: { ...fields, fingerprint: 'f'.repeat(64), reason: 'seen' },
    });
    expect(changed.status).toBe(409);
    expect(await changed.text()).toContain('not what the reviewer saw');
    expect((await under.ask(path, { as, form: { ...fields, reason: 'seen' } })).status).toBe(303);
    const second = await under.ask(`/intents/${intent}/reject`, { as, form: { ...fields, reason: 'no' } });
    expect(second.status).toBe(409);
    expect(await second.text()).toMatch(/needs no approval any more/);
  });

  const jobs = async (): Promise<number> => {
    const { queues } = (await (
      await under.ask('/queues/api/queues', { as: under.logins.viewer })
    ).json()) as {
      queues: { counts: Record<string, number> }[];
    };
    return Object.values(queues[0]?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  };
});

describe('wrong tokens', () => {
  test('are not listened to after ten from one address, and people elsewhere still are', async () => {
    const proxied = await runConsole(stage, [], { trustProxy: ['127.0.0.1'] });
    const ask = (token: string, from: string) =>
      proxied.ask('/intents', { as: { name: '', token }, headers: { 'x-forwarded-for': from } });
    const { token } = proxied.logins.operator;
    for (let n = 0; n < 10; n += 1) expect((await ask(newToken(), '203.0.113.7')).status).toBe(401);
    const late = await ask(token, '203.0.113.7');
    expect(late.status).toBe(429);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(token, '203.0.113.8')).status).toBe(200);
  });
});

describe('a console without tokens', () => {
  const start = (choice: object) => {
    return startConsole({ ...stage.settings, port: 0, log: quiet, ...choice });
  };

  test('does not start where others can reach it, and says what to do', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(
      /0\.0\.0\.0 can be reached by others.*LATCHKEY_TOKENS.*127\.0\.0\.1/s,
    );
    await expect(start({ host: '::' })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  test('answers to the names of this machine only, so that no other page can pose as it', async () => {
    const local = await runConsole(stage, [], { auth: [] });
    expect((await local.ask('/intents')).status).toBe(200);
    expect(await statusFor(local.console.port, 'evil.example')).toBe(403);
    expect(await statusFor(local.console.port, `localhost:${local.console.port}`)).toBe(200);
    expect(await statusFor(local.console.port, '127.0.0.1.evil.example')).toBe(403);
    expect(await statusFor(local.console.port, 'evil.example', '/healthz')).toBe(200);
  });

  test('asks for a name and keeps it', async () => {
    const local = await runConsole(stage, [publish], { auth: [] });
    const client = await stage.connect(publish);
    const intent = (await client.submit(publish, { caseId: randomUUID() })).id;
    const page = await local.page(`/intents/${intent}/reject`, {});
    expect(page).toContain('name="by" value="local"');
    const sent = await local.ask(`/intents/${intent}/reject`, {
      form: { ...hiddenFields(page), by: 'grace', reason: 'not today' },
      headers: { origin: local.console.url },
    });
    expect(sent.status).toBe(303);
    expect((await client.find(intent))?.story.at(-1)).toMatchObject({ event: 'rejected', actor: 'grace' });
  });

  test('says so where its port is taken', async () => {
    await expect(start({ port: under.console.port })).rejects.toThrow(
      new RegExp(`port ${under.console.port} on 127\\.0\\.0\\.1 is taken.*--port`),
    );
  });
});

/** A request whose `Host` header isn't the address that it goes to; `fetch` would not send it. */
function statusFor(port: number, host: string, path = '/intents'): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
