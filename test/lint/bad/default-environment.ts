// caught by: key-environment
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'export.run',
  input: z.object({ exportId: z.string(), region: z.string().default(() => process.env.REGION ?? 'eu') }),
  key: ['exportId', 'region'],
  effect,
});
