// caught by: key-tool-call call_id
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'mail.send',
  input: z.object({ call_id: z.string(), to: z.email() }),
  key: ['call_id'],
  effect,
});
