import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'exam.register',
  input: z.object({ studentId: z.string(), examId: z.string(), attemptNumber: z.int().min(1).max(3) }),
  key: ['studentId', 'examId', 'attemptNumber'],
  lint: {
    allow: [
      {
        rule: 'key-attempt',
        path: 'attemptNumber',
        why: 'which sitting of the exam; the office counts them',
      },
    ],
  },
  effect,
});
