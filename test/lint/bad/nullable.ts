// caught by: key-optional customer.id
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ customer: z.object({ id: z.string().nullable() }) }),
  // @ts-expect-error null identifies nothing
  key: ['customer.id'],
  effect,
});
