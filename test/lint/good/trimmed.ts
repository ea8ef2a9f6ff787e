import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'contact.create',
  input: z.object({ email: z.string().trim().toLowerCase().pipe(z.email()), name: z.string() }),
  key: ['email'],
  free: ['name'],
  examples: [{ email: ' Ada@Example.com ', name: 'Ada' }],
  effect,
});
