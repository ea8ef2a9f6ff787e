import { type Action, defineAction, type EffectContext, idempotent } from '@latchkey/core';
import { z } from 'zod';

const input = z.object({ caseId: z.string() });

/** Needs approval, and writes to a remote that honours keys; may be sent again soon after its worker died. */
export function tracedAction(remoteUrl: string): Action<{ caseId: string }> {
  return defineAction({
    name: 'refund.pay',
    input,
    key: ['caseId'],
    leaseMs: 2_000,
    deadlineMs: 10_000,
    approval: { required: () => true, expiresInMs: 600_000 },
    effect: idempotent({
      keyTtlMs: 600_000,
      perform: async ({ caseId }: { caseId: string }, ctx: EffectContext) => {
        const body = JSON.stringify({ action: 'refund.pay', key: caseId });
        await ctx.fetch(`${remoteUrl}/effects`, { method: 'POST', body });
        ctx.log.info({}, 'paid');
        return { result: null };
      },
    }),
  });
}
