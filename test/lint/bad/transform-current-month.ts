// caught by: key-clock
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'invoice.remind',
  input: z.object({
    customerId: z.string(),
    period: z
      .string()
      .transform((period) =>
        period === 'current' ? `${new Date().getUTCFullYear()}-${new Date().getUTCMonth() + 1}` : period,
      ),
  }),
  key: ['customerId', 'period'],
  examples: [{ customerId: 'C-7', period: 'current' }],
  effect,
});
