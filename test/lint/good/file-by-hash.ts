import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'file.upload',
  input: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bucket: z.string() }),
  key: ['sha256', 'bucket'],
  effect,
});
