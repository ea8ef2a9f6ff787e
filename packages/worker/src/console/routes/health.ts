import type { FastifyInstance } from 'fastify';

/** What readiness asks, each within its own time limit. */
export interface HealthChecks {
  readonly ledger: () => Promise<unknown>;
  readonly queue: () => Promise<unknown>;
}

/** Adds `/healthz` (this process answers) and `/readyz` (ledger and queue answer too); open to all, and told nothing else. */
export function addHealth(app: FastifyInstance, checks: HealthChecks): void {
  const open = { config: { needs: 'nobody' } } as const;
  app.get('/healthz', open, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ ok: true }),
  );
  app.get('/readyz', open, async (_request, reply) => {
    const asked = await Promise.allSettled([checks.ledger(), checks.queue()]);
    const [ledger, queue] = asked.map(({ status }) => status === 'fulfilled');
    return reply
      .code(ledger && queue ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ ok: ledger && queue, ledger, queue });
  });
}
