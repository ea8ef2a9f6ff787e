// caught by: invalid-definition distinguish: recipient
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'message.send',
  input: z.object({ campaign: z.string(), recipient: z.string() }),
  key: ['campaign'],
  distinguish: ['recipient'],
  effect,
});
