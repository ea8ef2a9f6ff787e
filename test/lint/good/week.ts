import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'digest.send',
  input: z.object({ customerId: z.string(), isoWeek: z.string().regex(/^\d{4}-W\d\d$/) }),
  key: ['customerId', 'isoWeek'],
  effect,
});
