// caught by: invalid-definition key: name at least one
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'message.send',
  input: z.object({ recipient: z.string() }),
  // @ts-expect-error a key names at least one field
  key: [],
  effect,
});
