import { type Action, atMostOnce, defineAction, type EffectContext } from '@latchkey/core';
import { z } from 'zod';

const input = z.object({ caseId: z.string(), email: z.string() });
type Case = z.infer<typeof input>;

/** Its remote is told nothing secret, and its result is the secret. */
export const sealed: Action<Case, { readonly sentTo: string }> = defineAction({
  name: 'mail.sealed',
  input,
  key: ['caseId'],
  leaseMs: 60_000,
  encrypt: true,
  effect: atMostOnce({
    perform: async ({ caseId, email }: Case, ctx: EffectContext) => {
      await ctx.fetch(`${process.env.REMOTE_URL}/mails/${caseId}`, { method: 'POST' });
      return { result: { sentTo: email } };
    },
  }),
});
