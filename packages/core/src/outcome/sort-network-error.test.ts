import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { closedPort, localServer } from '../../fixtures/local-server.ts';
import { Ambiguous, Declined, NotPerformed, SecondEffect } from '../errors.ts';
import { sortNetworkError } from './sort-network-error.ts';

/** What a promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const system = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause });

describe('a real failure before the connection', () => {
  test('is no effect: a closed port', async () => {
    const error = await errorOf(fetch(`http://127.0.0.1:${await closedPort()}/`, { method: 'POST' }));
    const sorted = sortNetworkError(error);
    expect(sorted).toBeInstanceOf(NotPerformed);
    expect(sorted.cause).toBe(error);
  });

  test('is no effect: a name that leads nowhere', async () => {
    const error = await errorOf(fetch('http://nowhere.invalid/', { method: 'POST' }));
    expect(sortNetworkError(error)).toBeInstanceOf(NotPerformed);
  });

  test('is no effect: several addresses, all of them closed', async () => {
    const port = await closedPort();
    const lookup = ((_name, _options, done) => {
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]);
    }) as LookupFunction;
    const socket = connect({ host: 'desk.test', port, lookup, autoSelectFamily: true });
    const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [AggregateError];
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toHaveLength(2);
    expect(sortNetworkError(error)).toBeInstanceOf(NotPerformed);
    expect(sortNetworkError(fetchFailed(error))).toBeInstanceOf(NotPerformed);
  });
});

describe('a real failure after the connection', () => {
  test('proves nothing: reset before the answer', async () => {
    await using server = await localServer(({ socket }) => socket.resetAndDestroy());
    const error = await errorOf(fetch(server.url, { method: 'POST' }));
    expect(server.requests).toHaveLength(1);
    expect(sortNetworkError(error)).toBeInstanceOf(Ambiguous);
  });

  test('proves nothing: reset in the middle of the answer', async () => {
    await using server = await localServer(({ socket }, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => socket.resetAndDestroy());
    });
    const body = fetch(server.url, { method: 'POST' }).then((response) => response.text());
    expect(sortNetworkError(await errorOf(body))).toBeInstanceOf(Ambiguous);
  });

  test('proves nothing: closed without an answer, through another client', async () => {
    await using server = await localServer(({ socket }) => socket.destroy());
    const sent = request(server.url, { method: 'POST' }).end('x');
    const error = await errorOf(once(sent, 'response'));
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(sortNetworkError(error)).toBeInstanceOf(Ambiguous);
  });
});

describe('what no connection proves', () => {
  test.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ETIMEDOUT'])(
    '%s is no effect while connecting, and doubt on a connection that stood',
    (code) => {
      expect(sortNetworkError(fetchFailed(system(code, 'connect')))).toBeInstanceOf(NotPerformed);
      expect(sortNetworkError(fetchFailed(system(code, 'read')))).toBeInstanceOf(Ambiguous);
      expect(sortNetworkError(fetchFailed(system(code, 'write')))).toBeInstanceOf(Ambiguous);
    },
  );

  test.each([
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'ERR_INVALID_URL',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is no effect', (code) => {
    expect(sortNetworkError(fetchFailed(Object.assign(new Error(code), { code })))).toBeInstanceOf(
      NotPerformed,
    );
  });

  test.each([
    'ECONNRESET',
    'EPIPE',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'HPE_INVALID',
  ])('%s is doubt', (code) => {
    expect(sortNetworkError(Object.assign(new Error(code), { code }))).toBeInstanceOf(Ambiguous);
  });

  test('one of several addresses that was reached is doubt', () => {
    const refused = system('ECONNREFUSED', 'connect');
    expect(sortNetworkError(new AggregateError([refused, refused]))).toBeInstanceOf(NotPerformed);
    expect(sortNetworkError(new AggregateError([refused, system('ECONNRESET', 'read')]))).toBeInstanceOf(
      Ambiguous,
    );
    expect(sortNetworkError(new AggregateError([]))).toBeInstanceOf(Ambiguous);
  });

  test('a cause that is its own cause ends as doubt', () => {
    const error: Error = new Error('round');
    error.cause = error;
    expect(sortNetworkError(error)).toBeInstanceOf(Ambiguous);
  });

  test.each([
    new Error('x'),
    new TypeError('terminated'),
    'text',
    null,
    undefined,
    Object.create(null),
    { code: 5 },
  ])('anything else is doubt: %o', (thrown) => {
    expect(sortNetworkError(thrown)).toBeInstanceOf(Ambiguous);
  });
});

test.each([new NotPerformed('x'), new Declined('x'), new Ambiguous('x'), new SecondEffect('POST', 'x')])(
  'passes what is sorted already: %o',
  (error) => {
    expect(sortNetworkError(error)).toBe(error);
  },
);
