// caught by: key-attempt attempt
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), attempt: z.int() }),
  key: ['caseId', 'attempt'],
  effect,
});
