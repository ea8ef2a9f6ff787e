import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'invoice.archive',
  input: z.object({ customerId: z.string(), timestampOfInvoice: z.string() }),
  key: ['customerId', 'timestampOfInvoice'],
  effect,
});
