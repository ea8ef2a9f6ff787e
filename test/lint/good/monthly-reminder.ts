import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'message.remind',
  input: z.object({
    tenant: z.string(),
    customerId: z.string(),
    month: z.string().regex(/^\d{4}-\d\d$/),
    text: z.string(),
  }),
  key: ['customerId', 'month'],
  scope: 'tenant',
  free: ['text'],
  effect,
});
