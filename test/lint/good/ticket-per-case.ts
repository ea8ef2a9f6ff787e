import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), subject: z.string(), body: z.string() }),
  key: ['caseId'],
  free: ['subject', 'body'],
  effect,
});
