// caught by: key-run agentRunId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), agentRunId: z.string() }),
  key: ['caseId', 'agentRunId'],
  effect,
});
