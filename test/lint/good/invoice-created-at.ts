import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'invoice.mail',
  input: z.object({ invoice: z.object({ number: z.string(), createdAt: z.string() }) }),
  key: ['invoice.number', 'invoice.createdAt'],
  effect,
});
