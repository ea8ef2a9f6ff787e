// caught by: unused-allowance
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string() }),
  key: ['caseId'],
  lint: { allow: [{ rule: 'key-run', path: 'caseId', why: 'it was a run once' }] },
  effect,
});
