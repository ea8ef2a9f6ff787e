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
  /** Holds the signal that the effect gets. */
  readonly stop: { readonly signal: AbortSignal };
  readonly log: Log;
  /** Milliseconds until the deadline; default: the action's `deadlineMs`. */
  readonly leftMs?: number;
}

/**
 * Makes the context that an effect gets: all in it that a request may carry is the same in every attempt. What costs
 * something is made when it is first asked for, since most effects use two or three parts of it.
 */
export function effectContext(parts: ContextParts): EffectContext {
  const { action, record, gate, stop, log } = parts;
  const { id: intentId, key, token } = record;
  const deadlineMs = Date.now() + (parts.leftMs ?? action.deadlineMs);
  const reference = referenceOf(record);
  let random: EffectContext['random'] | undefined;
  let request: EffectContext['fetch'] | undefined;
  let ownLog: Log | undefined;
  return {
    intentId,
    reference,
    key,
    action: record.action,
    scope: record.scope,
    attempt: token,
    get signal() {
      return stop.signal;
    },
    get deadline() {
      return new Date(deadlineMs);
    },
    startedAt: record.rerunAt ?? record.createdAt,
    get random() {
      random ??= seededBy(reference);
      return random;
    },
    get traceparent() {
      return traceparentOf(intentId, record.traceparent);
    },
    get fetch() {
      request ??= effectFetch({ gate, signal: stop.signal, reference, traceparent: this.traceparent });
      return request;
    },
    aboutToSend: () => gate.pass('send', key),
    get log() {
      ownLog ??= withFields(log, () => ({ intentId, action: record.action, attempt: token }));
      return ownLog;
    },
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
