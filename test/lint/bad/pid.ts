// caught by: key-pid pid
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'export.run',
  input: z.object({ exportId: z.string(), pid: z.int() }),
  key: ['exportId', 'pid'],
  effect,
});
