import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Bytes on their way to the server after which the connection is cut. */
export interface Cut {
  /** Text in the bytes that the client sends. */
  readonly after: string;
  /**
   * `answer`: the server has done it, and its answer is lost; `bytes`: nobody knows whether the server got to it;
   * `nothing`: the server never hears of it.
   */
  readonly on: 'answer' | 'bytes' | 'nothing';
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** The next bytes from the server are lost, and the connection with them. */
  doomed: boolean;
  /** All bytes are lost, in both directions, and nobody is told. */
  silent: boolean;
}

/** A proxy on the loopback that breaks connections at will. */
export class TcpProxy implements AsyncDisposable {
  /** Connections that were cut, reset or hung up on so far: proof that a fault landed. */
  broken = 0;
  #target: { host: string; port: number };
  readonly #pairs = new Set<Pair>();
  readonly #listener = createServer({ noDelay: true }, (client) => this.#accept(client));
  readonly #cuts = new Set<Cut>();
  #hangsUp = false;
  #swallows = false;
  #port = 0;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
  }

  /** Listens on a free port and forwards to the server that a URL names. */
  static async before(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await proxy.#listen(0);
    return proxy;
  }

  /** The same URL, led through the proxy. */
  url(url: string): string {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(this.#port);
    return through.href;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Cuts that have not been made yet. */
  get waiting(): number {
    return this.#cuts.size;
  }

  /** Lets everything through again, but for the connections that were silenced: those stay dead. */
  async heal(): Promise<void> {
    this.#hangsUp = false;
    this.#swallows = false;
    if (!this.#listener.listening) await this.#listen(this.#port);
    for (const { client, server } of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  /** Holds back all bytes of the open connections, in both directions; new connections flow. */
  stall(): void {
    for (const { client, server } of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** Loses all bytes of all connections, those to come included, without a word to either side. */
  swallow(): void {
    this.#swallows = true;
    for (const pair of this.#pairs) this.#silence(pair);
  }

  /** Leads new connections to another server. */
  retarget(url: string): void {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname, port: Number(port) };
  }

  /** Resets the open connections; new ones flow. */
  reset(): void {
    for (const pair of [...this.#pairs]) this.#break(pair);
  }

  /** Resets every connection, also those to come, as soon as it is accepted. */
  hangUp(): void {
    this.#hangsUp = true;
    this.reset();
  }

  /** Resets the open connections; new ones are refused. */
  async refuse(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    this.reset();
    await closed;
  }

  /** Cuts the first connection that sends these bytes. */
  cut(cut: Cut): void {
    this.#cuts.add(cut);
  }

  async close(): Promise<void> {
    if (this.#listener.listening) await this.refuse();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(port: number): Promise<void> {
    this.#listener.listen(port, '127.0.0.1');
    await once(this.#listener, 'listening');
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  #accept(client: Socket): void {
    if (this.#hangsUp) {
      this.broken += 1;
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#target, noDelay: true });
    const pair: Pair = { client, server, doomed: false, silent: false };
    this.#pairs.add(pair);
    if (this.#swallows) this.#silence(pair);
    for (const [from, to] of [
      [client, pair.server],
      [pair.server, client],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    client.on('data', (bytes) => this.#toServer(pair, bytes));
    pair.server.on('data', (bytes) => {
      if (pair.silent) return;
      if (pair.doomed) this.#break(pair);
      else client.write(bytes);
    });
  }

  #toServer(pair: Pair, bytes: Buffer): void {
    if (pair.silent) return;
    const cut = [...this.#cuts].find(({ after }) => bytes.includes(after));
    if (cut === undefined) {
      pair.server.write(bytes);
      return;
    }
    this.#cuts.delete(cut);
    if (cut.on === 'nothing') {
      this.#break(pair);
      return;
    }
    pair.doomed = true;
    pair.server.write(bytes, () => {
      if (cut.on === 'bytes') this.#break(pair);
    });
  }

  #silence(pair: Pair): void {
    if (!pair.silent) this.broken += 1;
    pair.silent = true;
  }

  #break(pair: Pair): void {
    this.broken += 1;
    this.#pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.destroy();
  }
}
