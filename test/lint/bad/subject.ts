// caught by: key-wording subject
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'mail.send',
  input: z.object({ to: z.email(), subject: z.string(), html: z.string() }),
  key: ['to', 'subject'],
  free: ['html'],
  effect,
});
