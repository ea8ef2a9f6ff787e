import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'mail.reply',
  input: z.object({ mailThreadId: z.string(), replyTo: z.string(), text: z.string() }),
  key: ['mailThreadId', 'replyTo'],
  free: ['text'],
  effect,
});
