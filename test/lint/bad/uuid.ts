// caught by: key-uuid uuid
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'record.create',
  input: z.object({ uuid: z.uuid(), name: z.string() }),
  key: ['uuid'],
  free: ['name'],
  effect,
});
