import {
  type AnyAction,
  atMostOnce,
  defineAction,
  type EffectContext,
  idempotent,
  type Performed,
} from '@latchkey/core';
import { z } from 'zod';
import type { RecordedEffect } from '../../../packages/examples/src/remotes/effect-recorder.ts';

const ticket = z.looseObject({
  caseId: z.string(),
  customer: z.string(),
  subject: z.string(),
  body: z.string(),
});
const message = z.object({ messageId: z.string(), channel: z.string(), to: z.string(), text: z.string() });
const refund = z.object({
  orderId: z.string(),
  amountCents: z.int(),
  currency: z.enum(['EUR', 'USD']),
  reason: z.string(),
});

/** What agents of a support desk do. */
export interface Desk {
  readonly createTicket: AnyAction;
  readonly sendMessage: AnyAction;
  readonly issueRefund: AnyAction;
  readonly all: readonly AnyAction[];
}

/** Makes the actions of a desk; all of them record what they do at a recorder. */
export function openDesk(recorderUrl: string): Desk {
  const createTicket = defineAction({
    name: 'ticket.create',
    input: ticket,
    key: ['caseId'],
    free: ['subject', 'body'],
    effect: idempotent({
      keyTtlMs: 86_400_000,
      perform: (input: z.infer<typeof ticket>, ctx) => record(recorderUrl, ctx, input.caseId, input),
    }),
  });
  const sendMessage = defineAction({
    name: 'message.send',
    input: message,
    key: ['messageId'],
    free: ['text'],
    effect: atMostOnce({
      perform: (input: z.infer<typeof message>, ctx) => record(recorderUrl, ctx, input.messageId, input),
    }),
  });
  const issueRefund = defineAction({
    name: 'refund.issue',
    input: refund,
    key: ['orderId'],
    free: ['reason'],
    approval: { required: ({ amountCents }) => amountCents > 5_000, expiresInMs: 86_400_000 },
    effect: atMostOnce({
      perform: (input: z.infer<typeof refund>, ctx) => record(recorderUrl, ctx, input.orderId, input),
    }),
  });
  return { createTicket, sendMessage, issueRefund, all: [createTicket, sendMessage, issueRefund] };
}

/** What was wanted comes back with the id that the remote gave, as at a real one. */
async function record(url: string, ctx: EffectContext, key: string, input: object): Promise<Performed> {
  const response = await ctx.fetch(`${url}/effects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: ctx.action, key }),
  });
  const { effectId } = (await response.json()) as RecordedEffect;
  const { link } = input as { link?: string };
  return {
    result: { id: effectId, ...input },
    externalId: effectId,
    externalUrl: link ?? `https://desk.example/${effectId}`,
  };
}
