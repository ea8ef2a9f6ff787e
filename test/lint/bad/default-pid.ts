// caught by: key-pid
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'export.run',
  input: z.object({ exportId: z.string(), sender: z.int().default(() => process.pid) }),
  key: ['exportId', 'sender'],
  effect,
});
