// caught by: key-process
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

const STARTED = Date.now();

export const action = defineAction({
  name: 'message.send',
  input: z.object({ chatId: z.string(), epochOfService: z.int().default(STARTED) }),
  key: ['chatId', 'epochOfService'],
  effect,
});
