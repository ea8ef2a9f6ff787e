// caught by: key-random
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), reference: z.string().default(() => crypto.randomUUID()) }),
  key: ['caseId', 'reference'],
  effect,
});
