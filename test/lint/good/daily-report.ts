import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'report.publish',
  input: z.object({ day: z.iso.date(), html: z.string() }),
  key: ['day'],
  free: ['html'],
  effect,
});
