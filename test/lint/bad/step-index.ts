// caught by: key-run stepIndex
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'plan.act',
  input: z.object({ planId: z.string(), stepIndex: z.int() }),
  key: ['planId', 'stepIndex'],
  effect,
});
