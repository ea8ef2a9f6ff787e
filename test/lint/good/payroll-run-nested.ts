import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'payroll.pay',
  input: z.object({ payroll: z.object({ runId: z.string() }), employeeId: z.string(), cents: z.int() }),
  key: ['payroll.runId', 'employeeId'],
  effect,
});
