import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'order.confirm',
  input: z.object({ orderUuid: z.uuid(), mail: z.email() }),
  key: ['orderUuid'],
  effect,
});
