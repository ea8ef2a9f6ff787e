// caught by: key-date startsAt
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'booking.confirm',
  input: z.object({ roomId: z.string(), startsAt: z.iso.datetime({ offset: true }) }),
  key: ['roomId', 'startsAt'],
  effect,
});
