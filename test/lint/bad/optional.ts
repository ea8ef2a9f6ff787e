// caught by: key-optional caseId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string().optional(), body: z.string() }),
  // @ts-expect-error an optional field may be missing
  key: ['caseId'],
  free: ['body'],
  effect,
});
