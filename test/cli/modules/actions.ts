import { type Action, atMostOnce, defineAction, type EffectContext, idempotent } from '@latchkey/core';
import { z } from 'zod';

const input = z.object({ caseId: z.string() });
type Case = z.infer<typeof input>;
/** Tests wait for it to run out; shorter, it runs out by itself where a machine is busy. */
const LEASE_MS = 3_000;

const perform = async ({ caseId }: Case, ctx: EffectContext) => {
  const path = ctx.action.replace('cli.', '/');
  const response = await ctx.fetch(`${process.env.REMOTE_URL}${path}/${caseId}`, { method: 'POST' });
  return { result: (await response.json()) as unknown };
};

/** Its remote honours the key that `ctx.fetch` sends. */
export const keyed: Action<Case> = defineAction({
  name: 'cli.keyed',
  input,
  key: ['caseId'],
  leaseMs: LEASE_MS,
  effect: idempotent({ keyTtlMs: 86_400_000, perform }),
});

/** Its remote offers nothing. */
export const once: Action<Case> = defineAction({
  name: 'cli.once',
  input,
  key: ['caseId'],
  leaseMs: LEASE_MS,
  effect: atMostOnce({ perform }),
});

/** Exported twice, performed once. */
export const actions: readonly Action<Case>[] = [keyed, once];
