import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'refund.pay',
  input: z.object({
    orderId: z.string(),
    refundNo: z.int().min(1),
    cents: z.int().positive(),
    currency: z.enum(['EUR', 'USD']),
  }),
  key: ['orderId', 'refundNo'],
  approval: { required: ({ cents }) => cents > 10_000, expiresInMs: 3_600_000 },
  effect,
});
