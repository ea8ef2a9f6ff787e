// caught by: key-job bull.jobId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), bull: z.object({ jobId: z.string() }) }),
  key: ['caseId', 'bull.jobId'],
  effect,
});
