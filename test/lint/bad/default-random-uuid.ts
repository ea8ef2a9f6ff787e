// caught by: key-random
import { randomUUID } from 'node:crypto';
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), reference: z.string().default(() => randomUUID()) }),
  key: ['caseId', 'reference'],
  effect,
});
