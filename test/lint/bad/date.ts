// caught by: key-date when
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'booking.confirm',
  input: z.object({ roomId: z.string(), when: z.coerce.date() }),
  // @ts-expect-error a date prints in many ways
  key: ['roomId', 'when'],
  examples: [{ roomId: 'R-1', when: '2026-03-01T10:00:00Z' }],
  effect,
});
