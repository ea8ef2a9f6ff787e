// caught by: key-wording prompt
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'image.render',
  input: z.object({ prompt: z.string() }),
  key: ['prompt'],
  effect,
});
