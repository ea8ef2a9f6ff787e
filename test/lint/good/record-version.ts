import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'record.update',
  input: z.object({ recordId: z.string(), version: z.int(), fields: z.record(z.string(), z.string()) }),
  key: ['recordId', 'version'],
  entity: { key: ['recordId'], rule: 'version', version: 'version' },
  effect,
});
