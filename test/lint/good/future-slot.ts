import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'appointment.book',
  input: z.object({ doctorId: z.string(), day: z.iso.date().refine((day) => Date.parse(day) > 0) }),
  key: ['doctorId', 'day'],
  effect,
});
