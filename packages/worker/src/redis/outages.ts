import { bareError, type Log, messageOf } from '@latchkey/core';
import { maskUrl } from '../config/mask-url.ts';

/** What every client of a server that is away gets to hear, in ever other words. */
const PLAIN =
  /ECONN(?:REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOST(?:UNREACH|DOWN)|ENET(?:UNREACH|DOWN)|ENOENT|Socket timeout|Connection is closed|All sentinels are unreachable/;

/** The part of a client of Redis that tells of its outages. */
export interface Watched {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'ready' | 'end', listener: () => void): unknown;
}

/**
 * Tells the log once that Redis is away, and once that it is back, however many connections find out and however often.
 * The clients themselves try again for as long as it takes.
 */
export class Outages {
  readonly #log: Log;
  readonly #server: string;
  readonly #away = new Set<Watched>();
  /** What was said in this outage; a server that comes back may still refuse, for another reason. */
  readonly #said = new Set<string>();

  constructor(log: Log, redisUrl: string) {
    this.#log = log;
    this.#server = `Redis at ${maskUrl(redisUrl)}`;
  }

  /** Listens to a client, each error of which means that it has lost its connection, or got none. */
  watch(client: Watched): void {
    client.on('error', (error) => {
      this.#away.add(client);
      this.#tell(error);
    });
    client.on('ready', () => {
      if (this.#away.delete(client) && this.#away.size === 0) this.#back();
    });
    client.on('end', () => this.#away.delete(client));
  }

  /** Hears of an error of a BullMQ worker, which passes on those of its connections beside its own. */
  hear(error: Error): void {
    const reason = reasonOf(error);
    if (PLAIN.test(reason) || this.#said.has(reason)) return; // said by its connection
    if (this.#away.size > 0) this.#said.add(reason);
    this.#log.warn({ err: bareError(error) }, 'queue worker');
  }

  #tell(error: Error): void {
    const reason = reasonOf(error);
    const about = PLAIN.test(reason) ? 'not there' : reason;
    if (this.#said.has(about)) return;
    this.#said.add(about);
    this.#log.warn(
      {},
      `${this.#server} is away (${reason}); jobs wait until it is back, and go on by themselves`,
    );
  }

  #back(): void {
    this.#said.clear();
    this.#log.info({}, `${this.#server} is back; jobs go on`);
  }
}

const known = new WeakMap<Log, Map<string, Outages>>();

/** The outages of a server as one log hears of them: all queues of a process share it, so that each is told once. */
export function outagesOf(log: Log, redisUrl: string): Outages {
  const ofLog = known.get(log) ?? new Map<string, Outages>();
  known.set(log, ofLog);
  const outages = ofLog.get(redisUrl) ?? new Outages(log, redisUrl);
  ofLog.set(redisUrl, outages);
  return outages;
}

/** The message, with the code and, of a cluster, with what its last node said where these say more. */
function reasonOf(error: Error): string {
  const { code, lastNodeError } = error as { code?: unknown; lastNodeError?: unknown };
  const message = messageOf(error);
  const parts = [
    typeof code === 'string' && !message.includes(code) ? code : '', // a host of several addresses fails with no message
    message,
    lastNodeError instanceof Error ? messageOf(lastNodeError) : '',
  ];
  return parts.filter((part) => part !== '').join(': ');
}
