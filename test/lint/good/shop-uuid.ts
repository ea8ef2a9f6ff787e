import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'parcel.book',
  input: z.object({ order: z.object({ uuid: z.uuid() }), parcel: z.int() }),
  key: ['order.uuid', 'parcel'],
  effect,
});
