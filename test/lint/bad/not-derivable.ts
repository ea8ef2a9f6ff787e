// caught by: not-derived
import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'iban.pay',
  input: z.object({ iban: z.string().refine((iban) => iban.startsWith('DE89') && iban.length === 22) }),
  key: ['iban'],
  effect,
});
