// caught by: key-clock openedMs
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), openedMs: z.int().default(() => Date.now()) }),
  key: ['caseId', 'openedMs'],
  effect,
});
