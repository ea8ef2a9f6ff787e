// An action that says more of its remote than is true: no key is sent, so that a repeated request has a second effect.
import { defineAction, type EffectContext, idempotent } from '@latchkey/core';
import { z } from 'zod';

const input = z.object({ orderId: z.string() });

export const actions = [
  defineAction({
    name: 'refund.pay',
    input,
    key: ['orderId'],
    effect: idempotent({
      keyTtlMs: 86_400_000,
      perform: async (_: z.infer<typeof input>, { action, key, scope }: EffectContext) => {
        const body = JSON.stringify({ action, key, scope });
        await fetch(`${process.env.LATCHKEY_DEMO_RECORDER_URL}/effects`, { method: 'POST', body });
        return { result: null };
      },
    }),
  }),
];
