import { createHash } from 'node:crypto';
import type { AnyAction } from '../action/action.ts';
import type { EffectContext, Log } from '../action/effect.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { effectFetch } from './effect-fetch.ts';
import type { SendGate } from './send-gate.ts';
import type { Stop } from './stop.ts';
import { traceparentOf } from './traceparent.ts';
import { withFields } from './with-fields.ts';

/** What one attempt is made with. */
export interface ContextParts {
  readonly action: AnyAction;
  readonly record: IntentRecord;
  readonly gate: SendGate;
  /** Holds the signal that the effect gets. */
  readonly stop: Pick<Stop, 'signal'>;
  readonly log: Log;
  /** Milliseconds until the deadline; default: the action's `deadlineMs`. */
  readonly leftMs?: number;
}

/**
 * Makes the context that an effect gets: all in it that a request may carry is the same in every attempt.
 *
 * All of it is the object's own, so that a copy by spread has all of it. Only the signal is made when it is first asked
 * for; its getter is one for all contexts, because an object with a getter of its own would get a shape of its own too.
 */
export function effectContext(parts: ContextParts): EffectContext {
  const { action, record, gate, stop, log } = parts;
  const { id: intentId, key, token } = record;
  const reference = referenceOf(record);
  const traceparent = traceparentOf(intentId, record.traceparent);
  const context: Omit<EffectContext, 'signal'> & { [STOP]: ContextParts['stop'] } = {
    [STOP]: stop,
    intentId,
    reference,
    key,
    action: record.action,
    scope: record.scope,
    attempt: token,
    deadline: new Date(Date.now() + (parts.leftMs ?? action.deadlineMs)),
    startedAt: record.rerunAt ?? record.createdAt,
    random: seededBy(reference),
    traceparent,
    fetch: effectFetch({ gate, stop, reference, traceparent }),
    aboutToSend: () => gate.pass('send', key),
    log: withFields(log, () => ({ intentId, action: record.action, attempt: token })),
  };
  return Object.defineProperty(context, 'signal', SIGNAL) as typeof context & EffectContext;
}

/** Where a context keeps what stops its attempt. */
const STOP = Symbol('stop');

const SIGNAL: PropertyDescriptor & ThisType<{ [STOP]: ContextParts['stop'] }> = {
  enumerable: true,
  get() {
    return this[STOP].signal;
  },
};

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
