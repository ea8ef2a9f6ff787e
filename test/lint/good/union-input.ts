import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'notice.send',
  input: z.object({
    noticeId: z.string(),
    via: z.union([
      z.object({ kind: z.literal('mail'), to: z.email() }),
      z.object({ kind: z.literal('sms'), phone: z.e164() }),
    ]),
  }),
  key: ['noticeId'],
  effect,
});
