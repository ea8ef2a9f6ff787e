import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test can cut and mend. */
export interface Wire extends AsyncDisposable {
  /** The server's URL, through the wire. */
  readonly url: string;
  /** Resets all that runs over it and all that comes. */
  cut(): void;
  mend(): void;
  /** Waits until so many connections were tried since the cut. */
  tried(count: number): Promise<void>;
}

/** Lays a wire to the server of a URL. */
export async function layWire(serverUrl: string): Promise<Wire> {
  const to = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let isCut = false;
  let tries = 0;
  const server = createServer((incoming) => {
    if (!isCut) return join(sockets, incoming, connect(Number(to.port), to.hostname));
    incoming.on('error', () => undefined).resetAndDestroy();
    tries += 1;
    for (const look of [...waiting]) look();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    cut: () => {
      [isCut, tries] = [true, 0];
      reset();
    },
    mend: () => {
      isCut = false;
    },
    tried: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (tries < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      reset();
      server.close();
      await once(server, 'close');
    },
  };
}

function join(sockets: Set<Socket>, incoming: Socket, outgoing: Socket): void {
  for (const [socket, other] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ] as const) {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  }
}
