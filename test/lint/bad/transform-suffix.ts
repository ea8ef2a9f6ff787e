// caught by: key-random
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'file.upload',
  input: z.object({ path: z.string().transform((path) => `${path}-${Math.random().toString(36).slice(2)}`) }),
  key: ['path'],
  effect,
});
