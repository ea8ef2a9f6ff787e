import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'appointment.book',
  input: z.object({ roomId: z.string(), slotStart: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/) }),
  key: ['roomId', 'slotStart'],
  examples: [{ roomId: 'R-12', slotStart: '2026-03-01T10:30' }],
  effect,
});
