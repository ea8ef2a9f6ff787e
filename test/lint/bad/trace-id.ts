// caught by: key-trace traceId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), traceId: z.string() }),
  key: ['caseId', 'traceId'],
  effect,
});
