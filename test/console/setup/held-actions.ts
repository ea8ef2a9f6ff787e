import { atMostOnce, Declined, defineAction } from '@latchkey/core';
import { z } from 'zod';

const input = z.object({ caseId: z.string(), text: z.string().default('') });
const fields = { input, key: ['caseId'], free: ['text'] } as const;

/** Waits for approval, then succeeds without a remote. */
export const publish = defineAction({
  ...fields,
  name: 'post.publish',
  approval: { required: () => true, expiresInMs: 3_600_000 },
  effect: atMostOnce({
    perform: async ({ caseId }: z.infer<typeof input>) => ({
      result: { post: caseId },
      externalId: `POST-${caseId}`,
    }),
  }),
});

/** Ends in doubt: what it throws proves nothing. */
export const send = defineAction({
  ...fields,
  name: 'mail.send',
  effect: atMostOnce({
    perform: async ({ text }: z.infer<typeof input>) => {
      throw new Error(text === '' ? 'the line went dead' : text);
    },
  }),
});

/** Ends as failed: the remote refuses. */
export const refund = defineAction({
  ...fields,
  name: 'refund.make',
  effect: atMostOnce({
    perform: async ({ text }: z.infer<typeof input>) => {
      throw new Declined(text === '' ? 'the account is closed' : text);
    },
  }),
});

/** Waits for approval; a part of its input is for nobody to see. */
export const pay = defineAction({
  input: z.object({ caseId: z.string(), iban: z.string() }),
  key: ['caseId'],
  name: 'bill.pay',
  redact: ['iban'],
  approval: { required: () => true, expiresInMs: 3_600_000 },
  effect: atMostOnce({ perform: async () => ({ result: { paid: true } }) }),
});
