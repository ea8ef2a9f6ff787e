import { QUICK, type StageSettings } from '../../worker/setup/stage.ts';
import type { Variables } from './cli-process.ts';

/** The environment of a process on a stage; dead workers are noticed within seconds. */
export function variablesOf(settings: StageSettings, others: Variables = {}): Variables {
  return {
    DATABASE_URL: settings.databaseUrl,
    REDIS_URL: settings.redisUrl,
    LATCHKEY_QUEUE: settings.queue,
    LATCHKEY_QUEUE_NAME: settings.queueName,
    LATCHKEY_SCHEMA: settings.schema,
    LATCHKEY_ACCEPT_UNSAFE_DATABASE: 'yes',
    LATCHKEY_LOCK_MS: '3000',
    LATCHKEY_STALLED_MS: String(QUICK.stalledIntervalMs),
    LATCHKEY_SWEEP_MS: String(QUICK.sweep.intervalMs),
    LATCHKEY_SWEEP_GRACE_MS: String(QUICK.sweep.graceMs),
    ...others,
  };
}
