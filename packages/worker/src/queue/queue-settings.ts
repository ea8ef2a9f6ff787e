import { DEFAULTS } from '../config/settings.ts';
import type { QueueKind, QueueOptions } from './queue-backend.ts';

/** What clients and workers must agree on to meet in one queue. */
export interface QueueSettings {
  /** BullMQ's backend; default `redis` where `redisUrl` is given, else `postgres`. */
  readonly queue?: QueueKind;
  /**
   * One server (`redis://host:6379`), a cluster (`redis+cluster://host:7000,host:7001`) or Sentinel
   * (`redis+sentinel://host:26379,host:26380/mymaster`); `rediss` instead of `redis` for TLS.
   */
  readonly redisUrl?: string;
  /** Name of the BullMQ queue; default `latchkey`. */
  readonly queueName?: string;
  /** Prefix of BullMQ's Redis keys; default BullMQ's own, `bull`. A cluster needs one in braces, like `{bull}`. */
  readonly prefix?: string;
}

/** Name of the queue unless another is set. */
export const DEFAULT_QUEUE: string = DEFAULTS.queueName;

/** Completes what a client or worker was told about the queue. */
export function queueOptionsOf(settings: QueueSettings & { databaseUrl: string }): Omit<QueueOptions, 'log'> {
  const kind = settings.queue ?? (settings.redisUrl === undefined ? 'postgres' : 'redis');
  return {
    kind,
    databaseUrl: settings.databaseUrl,
    redisUrl: settings.redisUrl,
    name: settings.queueName ?? DEFAULT_QUEUE,
    prefix: settings.prefix ?? DEFAULTS.prefix,
  };
}
