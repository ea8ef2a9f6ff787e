// caught by: key-job jobId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ jobId: z.string(), caseId: z.string() }),
  key: ['jobId'],
  effect,
});
