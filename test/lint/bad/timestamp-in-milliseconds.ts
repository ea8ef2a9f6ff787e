// caught by: key-clock timestampMs
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'alert.send',
  input: z.object({ alertId: z.string(), timestampMs: z.int() }),
  key: ['alertId', 'timestampMs'],
  effect,
});
