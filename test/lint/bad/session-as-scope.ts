// caught by: key-session agentSessionId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ agentSessionId: z.string(), caseId: z.string() }),
  key: ['caseId'],
  scope: 'agentSessionId',
  effect,
});
