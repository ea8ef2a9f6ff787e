import type { Registry } from 'prom-client';
import { DEFAULTS } from '../config/settings.ts';
import type { JobQueue } from '../queue/queue-backend.ts';
import type { Runtime } from '../runtime.ts';
import { type Endpoint, startEndpoint } from '../signals/endpoint.ts';
import { questionsOf } from '../signals/health.ts';
import { addStandingMetrics, openRegistry, standingOf } from '../signals/standing-metrics.ts';
import { within } from '../within.ts';

/** Where what watches a worker finds it. */
export interface MetricsSettings {
  /** A registry of prom-client that gets this worker's metrics; default: one of our own where a port is given. */
  readonly metrics?: Registry;
  /** Port on which `/metrics`, `/healthz` and `/readyz` are served; default: they aren't. 0 takes any free one. */
  readonly metricsPort?: number;
  /** Address for it; default `127.0.0.1`. */
  readonly metricsHost?: string;
}

/** Longest wait for ledger or queue when somebody asks whether this worker is ready, in milliseconds. */
const READY_MS = 2_000;

/** The registry that counts: the caller's, or one of our own where metrics are served. */
export function registryOf({ metrics, metricsPort }: MetricsSettings): Registry | undefined {
  return metrics ?? (metricsPort === undefined ? undefined : openRegistry());
}

/** Serves what watches a worker; `null` where no port was given. */
export async function startMetrics(
  { metricsPort, metricsHost = DEFAULTS.metricsHost }: MetricsSettings,
  registry: Registry | undefined,
  { runtime, queue }: { readonly runtime: Runtime; readonly queue: JobQueue },
): Promise<Endpoint | null> {
  if (metricsPort === undefined || registry === undefined) return null;
  const { ledger } = runtime;
  addStandingMetrics(registry, standingOf(ledger, queue));
  const asked = questionsOf(ledger, queue);
  const inTime = (answer: Promise<unknown>) =>
    within(READY_MS, answer, () => {
      throw new Error('no answer in time');
    });
  return startEndpoint({
    host: metricsHost,
    port: metricsPort,
    registry,
    checks: { ledger: () => inTime(asked.ledger()), queue: () => inTime(asked.queue()) },
  });
}
