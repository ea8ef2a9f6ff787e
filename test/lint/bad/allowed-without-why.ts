// caught by: invalid-definition lint.allow: say in why
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ jobId: z.string() }),
  key: ['jobId'],
  lint: { allow: [{ rule: 'key-job', why: ' ' }] },
  effect,
});
