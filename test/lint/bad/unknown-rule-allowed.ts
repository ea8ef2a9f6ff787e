// caught by: invalid-definition unknown rule key-jobs
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string() }),
  key: ['caseId'],
  // @ts-expect-error no such rule
  lint: { allow: [{ rule: 'key-jobs', why: 'x' }] },
  effect,
});
