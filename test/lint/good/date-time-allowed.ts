import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'shift.publish',
  input: z.object({ storeId: z.string(), startsAt: z.iso.datetime() }),
  key: ['storeId', 'startsAt'],
  lint: {
    allow: [
      {
        rule: 'key-date',
        path: 'startsAt',
        why: 'the planner writes it in one form, with Z and no fractions',
      },
    ],
  },
  effect,
});
