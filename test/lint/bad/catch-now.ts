// caught by: key-clock
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'booking.confirm',
  input: z.object({ bookingId: z.string(), slot: z.string().catch(() => String(Date.now())) }),
  key: ['bookingId', 'slot'],
  examples: [{ bookingId: 'B-1', slot: 5 as unknown as string }],
  effect,
});
