import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test can cut and mend. */
export interface Wire extends AsyncDisposable {
  /** The server's URL, through the wire. */
  readonly url: string;
  /** Resets what runs over it, and refuses what comes. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Lays a wire to the server of a URL. */
export async function layWire(serverUrl: string): Promise<Wire> {
  const to = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(Number(to.port), to.hostname);
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
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${port}`;
  const cut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  return {
    url: url.href,
    cut,
    mend: async () => void (await once(server.listen(port, '127.0.0.1'), 'listening')),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await cut();
    },
  };
}
