// caught by: replay-window
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string() }),
  key: ['caseId'],
  replayWindowMs: 0,
  effect,
});
