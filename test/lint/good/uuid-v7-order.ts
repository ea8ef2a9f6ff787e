import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'order.confirm',
  input: z.object({ orderId: z.uuidv7(), total: z.int() }),
  key: ['orderId'],
  effect,
});
