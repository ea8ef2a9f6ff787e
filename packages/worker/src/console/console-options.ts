import { type AnyAction, unknownOptions } from '@latchkey/core';
import type { FastifyInstance } from 'fastify';
import { OPTIONS } from '../config/check-options.ts';
import { CONSOLE_SETTINGS } from '../config/console-settings.ts';
import { invalidConfig, malformed, openToOthers } from '../config/faults.ts';
import type { StartOptions } from '../doctor/prepare-start.ts';
import type { QueueSettings } from '../queue/queue-settings.ts';
import type { RuntimeOptions } from '../runtime.ts';
import { type Credential, faultOf } from './access/credentials.ts';
import { isLoopback } from './access/same-origin.ts';

/** How a console is started. */
export interface ConsoleSettings extends RuntimeOptions, QueueSettings, StartOptions {
  /** Lets the previews say what each remote allows; default: none. */
  readonly actions?: readonly AnyAction[];
  /** Further BullMQ queues to show, beside `queueName`, whether they are there yet or not; default: none. */
  readonly queueNames?: readonly string[];
  /** Shows all queues of this backend, in Redis under `prefix`, a hundred at most beside the named ones; default `true`. */
  readonly allQueues?: boolean;
  /**
   * Shows the data of jobs whose name is none of `actions` as it stands in the queue: nobody here knows what is secret in
   * it. Default `false`: the names of its fields only.
   */
  readonly showUnknownJobs?: boolean;
  /** Address to listen on; default 127.0.0.1. Any but loopback needs `auth`. */
  readonly host?: string;
  /** Default 4180; 0 takes any that is free. */
  readonly port?: number;
  /** Who may use it; default: everybody on this machine may do everything. */
  readonly auth?: readonly Credential[];
  /**
   * Proxies in front whose `X-Forwarded-For` is believed, as addresses or networks; default: none. Without it all that
   * come through a proxy count as one address, which wrong tokens lock out for a minute.
   */
  readonly trustProxy?: readonly string[];
  /** Adds routes of one's own, behind the same guard; see `needs` of a route's `config`. */
  readonly extend?: (app: FastifyInstance) => void | Promise<void>;
}

/** A console that runs. */
export interface RunningConsole {
  /** Address of its first page. */
  readonly url: string;
  readonly port: number;
  /** Ends what is under way, then closes all connections. */
  close(): Promise<void>;
}

const OWN = [
  'queueNames',
  'allQueues',
  'showUnknownJobs',
  'host',
  'port',
  'auth',
  'trustProxy',
  'extend',
] as const;

/**
 * Checks what the console itself was given; what it shares with a client is checked there.
 *
 * @throws {InvalidConfig} naming everything that is wrong at once: an address that others can reach without tokens too.
 */
export function checkConsoleOptions(settings: ConsoleSettings): void {
  const { host, port, auth = [] } = settings;
  const wrong = unknownOptions(settings, [...OPTIONS, ...OWN]);
  for (const [name, value] of [
    ['host', host],
    ['port', port],
  ] as const) {
    const setting = CONSOLE_SETTINGS[name];
    if (value !== undefined && !setting.value.safeParse(value).success)
      wrong.push(malformed(name, setting, value));
  }
  wrong.push(
    ...auth.map(faultOfCredential).filter((fault) => fault !== null),
    ...(host !== undefined && !isLoopback(host) && auth.length === 0 ? [openToOthers('host', host)] : []),
  );
  if (wrong.length > 0) throw invalidConfig(wrong);
}

function faultOfCredential(credential: Credential): string | null {
  const fault = faultOf(credential);
  return fault === null ? null : `auth: ${fault}`;
}
