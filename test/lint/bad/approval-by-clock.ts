// caught by: approval-unstable
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'refund.pay',
  input: z.object({ orderId: z.string(), cents: z.int() }),
  key: ['orderId'],
  approval: { required: () => new Date().getUTCHours() >= 18, expiresInMs: 3_600_000 },
  effect,
});
