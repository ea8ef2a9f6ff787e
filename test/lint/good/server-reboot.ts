import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'server.reboot',
  input: z.object({ server: z.object({ hostname: z.string() }), incidentId: z.string() }),
  key: ['server.hostname', 'incidentId'],
  effect,
});
