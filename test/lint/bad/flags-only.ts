// caught by: key-few-values
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'cache.purge',
  input: z.object({ full: z.boolean(), tier: z.enum(['edge', 'origin']) }),
  key: ['full', 'tier'],
  effect,
});
