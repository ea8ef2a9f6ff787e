import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import type { Registry } from 'prom-client';

/** Adds `/metrics` in Prometheus' text format. */
export function addMetricsRoute(
  app: FastifyInstance,
  registry: Registry,
  options: RouteShorthandOptions = {},
): void {
  app.get('/metrics', options, async (_request, reply) =>
    reply
      .header('content-type', registry.contentType)
      .header('cache-control', 'no-store')
      .send(await registry.metrics()),
  );
}
