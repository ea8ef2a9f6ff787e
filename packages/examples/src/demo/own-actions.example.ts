// Your own actions in the demo:
//
//   npm run demo -- --actions packages/examples/src/demo/own-actions.example.ts \
//     --input packages/examples/src/demo/own-decisions.example.jsonl
import {
  type Action,
  type AnyAction,
  atMostOnce,
  defineAction,
  type EffectContext,
  idempotent,
  type Performed,
} from '@latchkey/core';
import { z } from 'zod';

/** Pays one refund an order: the amount must agree between two submissions, the reason may differ. */
export interface Refund {
  readonly orderId: string;
  readonly amount: number;
  readonly reason: string;
}

/** Calls one customer once a day. */
export interface Call {
  readonly customer: string;
  readonly day: string;
  readonly text: string;
}

/** What the recorder answers. */
export interface Recorded {
  readonly effectId: string;
}

const refund: z.ZodType<Refund, Refund> = z.object({
  orderId: z.string(),
  amount: z.int(),
  reason: z.string(),
});
const call: z.ZodType<Call, Call> = z.object({ customer: z.string(), day: z.iso.date(), text: z.string() });

/** The demo's recorder honours `Idempotency-Key`, so that a refund may be sent again under the same key. */
export const payRefund: Action<Refund, Recorded> = defineAction({
  name: 'refund.pay',
  input: refund,
  key: ['orderId'],
  free: ['reason'],
  effect: idempotent({ keyTtlMs: 24 * 3_600_000, perform: record }),
});

/** As if the recorder knew nothing of keys: a lost answer is held in doubt. */
export const callCustomer: Action<Call, Recorded> = defineAction({
  name: 'customer.call',
  input: call,
  key: ['customer', 'day'],
  free: ['text'],
  effect: atMostOnce({ perform: record }),
});

/** What the demo loads. */
export const actions: readonly AnyAction[] = [payRefund, callCustomer];

/** One POST is one effect. The demo finds it in the recorder's log by these three names. */
async function record(input: object, ctx: EffectContext): Promise<Performed<Recorded>> {
  const { action, key, scope } = ctx;
  const response = await ctx.fetch(`${process.env.LATCHKEY_DEMO_RECORDER_URL}/effects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action, key, scope, input }),
  });
  const { effectId } = (await response.json()) as Recorded;
  return { result: { effectId }, externalId: effectId };
}
