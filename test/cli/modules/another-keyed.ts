import { type Action, atMostOnce, defineAction } from '@latchkey/core';
import { z } from 'zod';

/** Has the name of an action in another module. */
export const another: Action<{ caseId: string }> = defineAction({
  name: 'cli.keyed',
  input: z.object({ caseId: z.string() }),
  key: ['caseId'],
  effect: atMostOnce({ perform: async () => ({ result: null }) }),
});
