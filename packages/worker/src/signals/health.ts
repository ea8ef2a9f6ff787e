import type { Ledger } from '@latchkey/core';
import type { FastifyInstance, RouteShorthandOptions } from 'fastify';

/** What readiness asks, each within its own time limit. */
export interface HealthChecks {
  readonly ledger: () => Promise<unknown>;
  readonly queue: () => Promise<unknown>;
}

/** Questions that ledger and queue answer only while they can be used; what they find is nothing. */
export function questionsOf(
  ledger: Pick<Ledger, 'find'>,
  queue: { getJobState(id: string): Promise<string> },
): HealthChecks {
  return {
    ledger: () => ledger.find('00000000-0000-8000-8000-000000000000'),
    queue: () => queue.getJobState('none'),
  };
}

/** Adds `/healthz` (this process answers) and `/readyz` (ledger and queue answer too) and nothing else. */
export function addHealth(
  app: FastifyInstance,
  checks: HealthChecks,
  options: RouteShorthandOptions = {},
): void {
  app.get('/healthz', options, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ ok: true }),
  );
  app.get('/readyz', options, async (_request, reply) => {
    const asked = await Promise.allSettled([checks.ledger(), checks.queue()]);
    const [ledger, queue] = asked.map(({ status }) => status === 'fulfilled');
    return reply
      .code(ledger && queue ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ ok: ledger && queue, ledger, queue });
  });
}
