import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'onboarding.welcome',
  input: z.object({ tenant: z.string(), step: z.enum(['hello', 'setup', 'done']) }),
  key: ['step'],
  scope: 'tenant',
  effect,
});
