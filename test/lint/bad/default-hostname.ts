// caught by: key-host
import { hostname } from 'node:os';
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'export.run',
  input: z.object({ exportId: z.string(), origin: z.string().default(() => hostname()) }),
  key: ['exportId', 'origin'],
  effect,
});
