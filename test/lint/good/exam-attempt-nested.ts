import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'exam.grade',
  input: z.object({
    exam: z.object({ id: z.string(), attempt: z.int() }),
    studentId: z.string(),
    points: z.int(),
  }),
  key: ['exam.id', 'exam.attempt', 'studentId'],
  effect,
});
