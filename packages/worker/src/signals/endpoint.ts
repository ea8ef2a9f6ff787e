import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { Registry } from 'prom-client';
import { listenFault } from '../config/listen-fault.ts';
import { SETTINGS } from '../config/settings.ts';
import { addHealth, type HealthChecks } from './health.ts';
import { addMetricsRoute } from './metrics-route.ts';

/** Where a worker's metrics and health are served. */
export interface EndpointOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly registry: Registry;
  readonly checks: HealthChecks;
}

/** A worker's small server for what watches it. */
export interface Endpoint {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz`, without access control: they tell no payloads and no keys.
 *
 * @throws {InvalidConfig} where it can't listen there.
 */
export async function startEndpoint({ host, port, registry, checks }: EndpointOptions): Promise<Endpoint> {
  const app = fastify({ forceCloseConnections: true });
  addHealth(app, checks);
  addMetricsRoute(app, registry);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const settings = { host: SETTINGS.metricsHost, port: SETTINGS.metricsPort };
    throw listenFault(error, { host, port, settings });
  }
  const bound = (app.server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () => app.close(),
  };
}
