import { createHash } from 'node:crypto';
import type { AnyAction } from '../action/action.ts';
import type { EffectContext, Log } from '../action/effect.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { effectFetch } from './effect-fetch.ts';
import type { SendGate } from './send-gate.ts';
import { traceparentOf } from './traceparent.ts';
import { withFields } from './with-fields.ts';

/** What one attempt is made with. */
export interface ContextParts {
  readonly action: AnyAction;
  readonly record: IntentRecord;
  readonly gate: SendGate;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Milliseconds until the deadline; default: the action's `deadlineMs`. */
  readonly leftMs?: number;
}

/** Makes the context that an effect gets: all in it that a request may carry is the same in every attempt. */
export function effectContext(parts: ContextParts): EffectContext {
  const { action, record, gate, signal, log } = parts;
  const { leftMs = action.deadlineMs } = parts;
  const reference = referenceOf(record);
  const traceparent = traceparentOf(record.id, record.traceparent);
  return {
    intentId: record.id,
    reference,
    key: record.key,
    action: record.action,
    scope: record.scope,
    attempt: record.token,
    signal,
    deadline: new Date(Date.now() + leftMs),
    startedAt: record.rerunAt ?? record.createdAt,
    random: seededBy(reference),
    traceparent,
    fetch: effectFetch({ gate, signal, reference, traceparent }),
    aboutToSend: () => gate.pass('send', record.key),
    log: withFields(log, () => ({ intentId: record.id, action: record.action, attempt: record.token })),
  };
}

/** Names one generation of an intent to the outside world; that of the first is the intent id. */
export function referenceOf({ id, generation }: Pick<IntentRecord, 'id' | 'generation'>): string {
  return generation === 1 ? id : `${id}.${generation}`;
}

/** Numbers from 0 to below 1, hashed from a reference and a counter. */
function seededBy(reference: string): () => number {
  let count = 0;
  return () => {
    count += 1;
    return createHash('sha256').update(`${reference}/${count}`).digest().readUInt32BE(0) / 2 ** 32;
  };
}
