// caught by: key-float amount
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'payment.create',
  input: z.object({ customerId: z.string(), amount: z.number() }),
  key: ['customerId', 'amount'],
  effect,
});
