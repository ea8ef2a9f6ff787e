// caught by: key-optional
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'report.send',
  input: z.object({ report: z.string().default('daily'), audience: z.string().default('team') }),
  key: ['report', 'audience'],
  effect,
});
