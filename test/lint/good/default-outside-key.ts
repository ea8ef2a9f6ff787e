import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'note.add',
  input: z.object({
    caseId: z.string(),
    noteNo: z.int(),
    writtenAt: z.string().default(() => new Date().toISOString()),
    text: z.string(),
  }),
  key: ['caseId', 'noteNo'],
  free: ['writtenAt', 'text'],
  effect,
});
