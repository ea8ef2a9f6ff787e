import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type HttpAnswer,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  problemAnswer,
} from './http-answer.ts';

/** A server that listens. */
export interface ListeningServer {
  readonly port: number;
  /** Takes no more connections, lets what is under way finish for up to two seconds, then cuts it. */
  stop(): Promise<void>;
}

const bodyLimitBytes = 16 * 1024 * 1024;
const stopGraceMs = 2_000;
// Longer than a client keeps a connection: one closed by us just as a request arrives looks like a lost answer.
const keepAliveMs = 75_000;

/** Serves one route for every path on 127.0.0.1; `port` 0 takes a free one. Rejects where it can't listen. */
export async function serveHttp(port: number, route: HttpRoute): Promise<ListeningServer> {
  const stopping = new AbortController();
  const server = createServer(
    (incoming, outgoing) => void respond(route, incoming, outgoing, stopping.signal),
  );
  server.keepAliveTimeout = keepAliveMs;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      stopping.abort();
      return close(server);
    },
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const grace = setTimeout(() => server.closeAllConnections(), stopGraceMs);
  await closed;
  clearTimeout(grace);
}

async function respond(
  route: HttpRoute,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const answer = await answerTo(route, incoming);
  if (answer === 'drop') {
    outgoing.destroy();
    return;
  }
  const { status, headers, body } = answer;
  // A kept-alive connection would hold up the end of the server.
  const connection = stopping.aborted || status === 413 ? { connection: 'close' } : {};
  outgoing.writeHead(status, { ...headers, ...connection, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}

async function answerTo(route: HttpRoute, incoming: IncomingMessage): Promise<HttpAnswer> {
  try {
    const request = await readRequest(incoming);
    return request === 'gone' ? 'drop' : await route(request);
  } catch (cause) {
    if (cause instanceof HttpProblem) return problemAnswer(cause);
    console.error(cause);
    return problemAnswer(new HttpProblem(500, 'Internal Server Error', String(cause)));
  }
}

// A client that leaves before its request is complete has asked for nothing.
async function readRequest(incoming: IncomingMessage): Promise<HttpRequest | 'gone'> {
  const body = await readBody(incoming);
  if (body === 'gone') return 'gone';
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    segments: decodeSegments(url.pathname),
    query: url.searchParams,
    headers: incoming.headers,
    body,
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | 'gone'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bodyLimitBytes) break;
      chunks.push(chunk);
    }
  } catch {
    return 'gone';
  }
  if (bytes > bodyLimitBytes) {
    throw new HttpProblem(413, 'Content Too Large', `A body may have up to ${bodyLimitBytes} bytes.`);
  }
  return Buffer.concat(chunks);
}

function decodeSegments(path: string): string[] {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    throw new HttpProblem(400, 'Bad Request', 'The path is not well-formed.');
  }
}
