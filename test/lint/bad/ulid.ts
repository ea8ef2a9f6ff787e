// caught by: key-uuid ulid
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'event.emit',
  input: z.object({ ulid: z.string(), kind: z.string() }),
  key: ['ulid'],
  effect,
});
