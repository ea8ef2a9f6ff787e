import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'chat.post',
  input: z.object({ channel: z.string(), replyToTs: z.string(), text: z.string() }),
  key: ['channel', 'replyToTs'],
  free: ['text'],
  effect,
});
