import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the remote got it. */
export interface Request {
  /** What it asks for: `/once/case-1`. */
  readonly path: string;
  readonly idempotencyKey: string | undefined;
}

/** A remote that answers no request before it is told to, so that a test can stop an effect midway. */
export interface HeldRemote extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly Request[];
  /** Waits until it has got so many requests for a path, 1 by default. */
  got(path: string, count?: number): Promise<void>;
  /** Answers what waits and, from now on, everything at once. */
  release(): void;
}

/** Starts a remote on a port of its own. */
export async function startHeldRemote(): Promise<HeldRemote> {
  const requests: Request[] = [];
  const held: ServerResponse[] = [];
  const waiting = new Set<() => void>();
  let open = false;
  const server = createServer((request, response) => {
    request.resume();
    const key = request.headers['idempotency-key'];
    requests.push({ path: request.url ?? '', idempotencyKey: typeof key === 'string' ? key : undefined });
    if (open) answer(response);
    else held.push(response);
    for (const look of [...waiting]) look();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    got: (path, count = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (requests.filter((request) => request.path === path).length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    release: () => {
      open = true;
      for (const response of held.splice(0)) answer(response);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ done: true }));
}
