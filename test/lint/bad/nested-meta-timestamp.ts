// caught by: key-clock meta.timestamp
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'page.publish',
  input: z.object({ pageId: z.string(), meta: z.object({ timestamp: z.string() }) }),
  key: ['pageId', 'meta.timestamp'],
  effect,
});
