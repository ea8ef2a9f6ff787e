// caught by: key-clock
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'digest.send',
  input: z.object({
    customerId: z.string(),
    day: z.string().default(() => new Date().toISOString().slice(0, 10)),
  }),
  key: ['customerId', 'day'],
  effect,
});
