import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'call.summarise',
  input: z.object({ phoneCallId: z.string(), summary: z.string() }),
  key: ['phoneCallId'],
  free: ['summary'],
  effect,
});
