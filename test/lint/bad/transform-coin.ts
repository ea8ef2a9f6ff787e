// caught by: key-random
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'mail.send',
  input: z.object({
    mailId: z.string(),
    variant: z.string().default(() => (Math.random() < 0.5 ? 'a' : 'b')),
  }),
  key: ['mailId', 'variant'],
  effect,
});
