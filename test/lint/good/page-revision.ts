import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'page.publish',
  input: z.object({ pageId: z.string(), revision: z.int().positive(), html: z.string() }),
  key: ['pageId', 'revision'],
  free: ['html'],
  effect,
});
