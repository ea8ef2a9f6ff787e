import { defineAction } from '@latchkey/core';
import { z } from 'zod';
import { effect } from '../effect.ts';

export const action = defineAction({
  name: 'dns.update',
  input: z.object({ zone: z.string(), hostname: z.string(), ipv4: z.ipv4(), serial: z.int() }),
  key: ['zone', 'hostname', 'serial'],
  lint: {
    allow: [
      { rule: 'key-host', path: 'hostname', why: 'the name that is published, not the host that runs this' },
    ],
  },
  effect,
});
