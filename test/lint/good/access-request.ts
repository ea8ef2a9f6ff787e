import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'access.grant',
  input: z.object({ accessRequestId: z.string(), role: z.enum(['viewer', 'editor']) }),
  key: ['accessRequestId', 'role'],
  approval: { required: ({ role }) => role === 'editor', expiresInMs: 86_400_000 },
  effect,
});
