// caught by: key-time-only
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'reminder.send',
  input: z.object({ dueAt: z.iso.datetime(), text: z.string() }),
  key: ['dueAt'],
  free: ['text'],
  effect,
});
