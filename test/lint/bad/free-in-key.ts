// caught by: invalid-definition free: body
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'message.send',
  input: z.object({ recipient: z.string(), body: z.string() }),
  key: ['recipient', 'body'],
  free: ['body'],
  effect,
});
