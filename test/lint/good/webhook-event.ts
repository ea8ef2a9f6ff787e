import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'crm.note',
  input: z.object({ stripeEventId: z.string().startsWith('evt_'), customerId: z.string(), note: z.string() }),
  key: ['stripeEventId'],
  free: ['note'],
  examples: [{ stripeEventId: 'evt_1NG8Du2eZvKYlo2C', customerId: 'C-7', note: 'paid' }],
  effect,
});
