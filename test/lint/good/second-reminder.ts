import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'invoice.remind',
  input: z.object({
    invoiceId: z.string(),
    reminder: z.enum(['first', 'second', 'final']),
    text: z.string(),
  }),
  key: ['invoiceId', 'reminder'],
  free: ['text'],
  effect,
});
