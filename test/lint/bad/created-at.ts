// caught by: key-clock createdAt
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), createdAt: z.string(), body: z.string() }),
  key: ['caseId', 'createdAt'],
  free: ['body'],
  effect,
});
