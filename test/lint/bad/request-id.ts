// caught by: key-trace requestId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), requestId: z.string() }),
  key: ['caseId', 'requestId'],
  effect,
});
