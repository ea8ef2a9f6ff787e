// caught by: key-process
import { hostname } from 'node:os';
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

const HOST = hostname();

export const action = defineAction({
  name: 'message.send',
  input: z.object({ chatId: z.string().transform((chat) => `${HOST}/${chat}`) }),
  key: ['chatId'],
  effect,
});
