// caught by: key-process
import { randomUUID } from 'node:crypto';
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

const SENDER = randomUUID();

export const action = defineAction({
  name: 'message.send',
  input: z.object({ chatId: z.string(), sender: z.string().default(SENDER) }),
  key: ['chatId', 'sender'],
  effect,
});
