// caught by: key-tool-call toolCallId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ toolCallId: z.string(), caseId: z.string() }),
  key: ['toolCallId'],
  effect,
});
