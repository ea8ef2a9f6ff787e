// caught by: key-random nonce
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'payment.create',
  input: z.object({ orderId: z.string(), nonce: z.string() }),
  key: ['orderId', 'nonce'],
  effect,
});
