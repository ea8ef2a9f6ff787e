// caught by: key-attempt retry_count
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'ticket.create',
  input: z.object({ case_id: z.string(), retry_count: z.int() }),
  key: ['case_id', 'retry_count'],
  effect,
});
