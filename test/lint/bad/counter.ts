// caught by: key-random
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

let count = 0;
export const action = defineAction({
  name: 'message.send',
  input: z.object({ chatId: z.string(), sequence: z.int().default(() => (count += 1)) }),
  key: ['chatId', 'sequence'],
  effect,
});
