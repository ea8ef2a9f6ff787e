import type { RequestListener, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { closedPort, type LocalServer, localServer } from '../../fixtures/local-server.ts';
import { Ambiguous, Declined, LeaseLost, NotPerformed, SecondEffect } from '../errors.ts';
import { effectFetch } from './effect-fetch.ts';
import { SendGate } from './send-gate.ts';

const reference = '9e431f10-6e1a-84c1-8689-876f79ea64e9';
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const post = { method: 'POST', body: '{}' };

/** The `fetch` of one attempt, and the switches that end its lease or its time. */
function attemptOf() {
  const lease = new AbortController();
  const abort = new AbortController();
  const assert = () => lease.signal.throwIfAborted();
  const held = { id: reference, token: 1, signal: lease.signal, assert, letGo: () => undefined };
  const gate = new SendGate(held, abort.signal);
  return {
    gate,
    fetch: effectFetch({ gate, stop: abort, reference, traceparent }),
    loseLease: () => lease.abort(new LeaseLost('taken over')),
    abort: (reason: unknown) => abort.abort(reason),
  };
}

const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end('{"id":"T-1"}');

const byMethod =
  (answers: Record<string, RequestListener>): RequestListener =>
  (request, response) =>
    answers[request.method ?? '']?.(request, response);

/** What a promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error(`no error was thrown: ${String(error)}`);
  return error;
}

const methods = (server: LocalServer) => server.requests.map(({ method, url }) => `${method} ${url}`);

describe('a request', () => {
  test('with an effect carries the intent id as Idempotency-Key, and the trace context', async () => {
    await using server = await localServer(answering(201));
    const { fetch } = attemptOf();
    const response = await fetch(server.url, { ...post, headers: { 'content-type': 'application/json' } });
    expect(await response.json()).toEqual({ id: 'T-1' });
    expect(server.requests[0]?.headers).toMatchObject({
      'idempotency-key': reference,
      traceparent,
      'content-type': 'application/json',
    });
  });

  test('keeps the headers that the effect sets itself', async () => {
    await using server = await localServer(answering(200));
    const headers = [
      ['Idempotency-Key', 'own-key'],
      ['Traceparent', 'own-trace'],
    ] as [string, string][];
    await attemptOf().fetch(server.url, { ...post, headers });
    expect(server.requests[0]?.headers).toMatchObject({
      'idempotency-key': 'own-key',
      traceparent: 'own-trace',
    });
  });

  test('without an effect carries no Idempotency-Key', async () => {
    await using server = await localServer(answering(200));
    const { fetch, gate } = attemptOf();
    await fetch(new URL(server.url));
    await fetch(server.url, { method: 'head' });
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, undefined]);
    expect(server.requests.map(({ headers }) => headers.traceparent)).toEqual([traceparent, traceparent]);
    expect(gate.sent).toBe(false);
  });
});

describe('the answer to a request with an effect', () => {
  test.each([
    [422, {}, Declined, {}],
    [404, {}, Declined, {}],
    [429, { 'retry-after': '3' }, NotPerformed, { retryAfterMs: 3_000 }],
    [503, { 'retry-after': '1' }, NotPerformed, { retryAfterMs: 1_000 }],
    [503, {}, Ambiguous, {}],
    [500, {}, Ambiguous, {}],
    [409, {}, Ambiguous, {}],
  ] as const)('%d with %o is thrown as what it proves', async (status, headers, type, fields) => {
    await using server = await localServer(answering(status, headers));
    const error = await errorOf(attemptOf().fetch(server.url, post));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ message: `the remote answered ${status}`, ...fields });
  });

  test('that redirects is not followed, since what lies behind proves nothing about the effect', async () => {
    await using server = await localServer((request, response) => {
      if (request.url === '/') response.writeHead(303, { location: '/created' }).end();
      else response.writeHead(404).end();
    });
    const { fetch, gate } = attemptOf();
    expect(await errorOf(fetch(server.url, { ...post, redirect: 'follow' }))).toBeInstanceOf(Ambiguous);
    expect(methods(server)).toEqual(['POST /']);
    expect(gate.sent).toBe(true);
  });

  test('that never comes, because the connection breaks, proves nothing', async () => {
    await using server = await localServer(({ socket }) => socket.resetAndDestroy());
    const { fetch } = attemptOf();
    expect(await errorOf(fetch(server.url, post))).toBeInstanceOf(Ambiguous);
    expect(await errorOf(fetch(server.url, post))).toBeInstanceOf(SecondEffect);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a second request with an effect', () => {
  test('is refused and never reaches the remote', async () => {
    await using server = await localServer(answering(200));
    const { fetch } = attemptOf();
    await fetch(server.url, post);
    const error = await errorOf(fetch(`${server.url}other`, { method: 'delete' }));
    expect(error).toBeInstanceOf(SecondEffect);
    expect(error.message).toContain(`a second DELETE (${server.url}other)`);
    expect(methods(server)).toEqual(['POST /']);
  });

  test('at the same time is refused too', async () => {
    await using server = await localServer(answering(200));
    const { fetch } = attemptOf();
    const both = await Promise.allSettled([fetch(server.url, post), fetch(server.url, post)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(server.requests).toHaveLength(1);
  });

  test('may follow one that was refused before it was sent', async () => {
    await using server = await localServer(answering(201));
    const { fetch, gate } = attemptOf();
    const refused = await errorOf(fetch(`http://127.0.0.1:${await closedPort()}/`, post));
    expect(refused).toBeInstanceOf(NotPerformed);
    expect(gate.sent).toBe(false);
    expect((await fetch(server.url, post)).status).toBe(201);
    expect(server.requests).toHaveLength(1);
  });

  test('may follow one that the remote did not process', async () => {
    let answer = answering(429);
    await using server = await localServer((request, response) => answer(request, response));
    const { fetch } = attemptOf();
    expect(await errorOf(fetch(server.url, post))).toBeInstanceOf(NotPerformed);
    answer = answering(201);
    expect((await fetch(server.url, post)).status).toBe(201);
  });
});

describe('a request without an effect', () => {
  test.each([500, 408, 503])(
    'that fails with %d before the send proves that nothing happened',
    async (status) => {
      await using server = await localServer(answering(status));
      expect(await errorOf(attemptOf().fetch(server.url))).toBeInstanceOf(NotPerformed);
    },
  );

  test('that breaks before the send proves that nothing happened', async () => {
    await using server = await localServer(({ socket }) => socket.resetAndDestroy());
    const error = await errorOf(attemptOf().fetch(server.url));
    expect(error).toBeInstanceOf(NotPerformed);
    expect(error.message).toMatch(/^nothing was sent yet: /);
  });

  test('that is refused before the send declines', async () => {
    await using server = await localServer(answering(404));
    expect(await errorOf(attemptOf().fetch(server.url))).toBeInstanceOf(Declined);
  });

  test.each([404, 429, 500])('that fails with %d after the send proves nothing', async (status) => {
    await using server = await localServer(byMethod({ POST: answering(201), GET: answering(status) }));
    const { fetch } = attemptOf();
    await fetch(server.url, post);
    expect(await errorOf(fetch(server.url))).toBeInstanceOf(Ambiguous);
  });

  test('to a closed port after the send proves nothing', async () => {
    await using server = await localServer(answering(201));
    const { fetch, gate } = attemptOf();
    await fetch(server.url, post);
    expect(await errorOf(fetch(`http://127.0.0.1:${await closedPort()}/`))).toBeInstanceOf(Ambiguous);
    expect(gate.sent).toBe(true);
  });

  test('follows redirects', async () => {
    await using server = await localServer((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/found' }).end();
      else response.end('here');
    });
    expect(await (await attemptOf().fetch(server.url)).text()).toBe('here');
    expect(methods(server)).toEqual(['GET /', 'GET /found']);
  });
});

describe.each([
  ['the lease is over', (all: ReturnType<typeof attemptOf>) => all.loseLease()],
  ['the worker was told to stop', (all: ReturnType<typeof attemptOf>) => all.abort(new Error('leaving'))],
])('once %s', (_, end) => {
  test('nothing reaches the remote, and that is proof', async () => {
    await using server = await localServer(answering(200));
    const all = attemptOf();
    end(all);
    for (const init of [post, {}]) {
      const error = await errorOf(all.fetch(server.url, init));
      expect(error).toBeInstanceOf(NotPerformed);
      expect(error.message).toContain('nothing was sent');
    }
    expect(server.requests).toEqual([]);
  });
});

describe('a request that is stopped under way', () => {
  /** Never answers, and says when a request has come. */
  async function silentServer() {
    let came: (response: ServerResponse) => void = () => undefined;
    const reached = new Promise<ServerResponse>((resolve) => {
      came = resolve;
    });
    return { server: await localServer((_request, response) => came(response)), reached };
  }

  test.each([
    ['the deadline', new DOMException('too late', 'TimeoutError')],
    ['a lost lease', new LeaseLost('taken over')],
    ['a reason that would be proof elsewhere', new NotPerformed('the worker leaves')],
    ['no reason', undefined],
    ['a text', 'stop'],
  ])('by %s leaves a doubt where it has an effect', async (_, reason) => {
    const { server, reached } = await silentServer();
    await using _server = server;
    const { fetch, abort, gate } = attemptOf();
    const sent = errorOf(fetch(server.url, post));
    await reached;
    abort(reason);
    expect(await sent).toBeInstanceOf(Ambiguous);
    expect(gate.sent).toBe(true);
  });

  test("by the effect's own signal leaves a doubt as well", async () => {
    const { server, reached } = await silentServer();
    await using _server = server;
    const own = new AbortController();
    const sent = errorOf(attemptOf().fetch(server.url, { ...post, signal: own.signal }));
    await reached;
    own.abort();
    expect(await sent).toBeInstanceOf(Ambiguous);
  });

  test('proves that nothing happened where it has no effect and nothing was sent before', async () => {
    const { server, reached } = await silentServer();
    await using _server = server;
    const { fetch, abort } = attemptOf();
    const sent = errorOf(fetch(server.url));
    await reached;
    abort(new Error('leaving'));
    expect(await sent).toBeInstanceOf(NotPerformed);
  });
});
