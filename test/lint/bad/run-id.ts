// caught by: key-run runId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), runId: z.string() }),
  key: ['caseId', 'runId'],
  effect,
});
