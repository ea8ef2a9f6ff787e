// caught by: key-wording body
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'message.send',
  input: z.object({ recipient: z.email(), body: z.string() }),
  key: ['recipient', 'body'],
  effect,
});
