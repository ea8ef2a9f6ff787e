// caught by: key-host workerId
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'export.run',
  input: z.object({ exportId: z.string(), workerId: z.string() }),
  key: ['exportId', 'workerId'],
  effect,
});
