import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'posting.publish',
  input: z.object({ jobPostingId: z.string(), board: z.enum(['own', 'partner']) }),
  key: ['jobPostingId', 'board'],
  effect,
});
