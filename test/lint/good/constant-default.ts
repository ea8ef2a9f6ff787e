import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'mail.send',
  input: z.object({ templateId: z.string(), recipient: z.email(), locale: z.string().default('en') }),
  key: ['templateId', 'recipient', 'locale'],
  effect,
});
