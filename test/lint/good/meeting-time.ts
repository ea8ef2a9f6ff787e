import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'meeting.invite',
  input: z.object({ meeting: z.object({ id: z.string(), time: z.string() }), guest: z.email() }),
  key: ['meeting.id', 'meeting.time', 'guest'],
  effect,
});
