import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'deploy.start',
  input: z.object({
    repository: z.string(),
    commit: z.string().regex(/^[0-9a-f]{40}$/),
    environment: z.enum(['staging', 'production']),
  }),
  key: ['repository', 'commit', 'environment'],
  approval: { required: ({ environment }) => environment === 'production', expiresInMs: 86_400_000 },
  effect,
});
