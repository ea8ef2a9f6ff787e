// caught by: key-session sessionId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ sessionId: z.string(), caseId: z.string() }),
  key: ['sessionId', 'caseId'],
  effect,
});
