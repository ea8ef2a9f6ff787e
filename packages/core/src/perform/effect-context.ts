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

/** The context that an effect gets: all in it that a request may carry is the same in every attempt. */
export function effectContext(parts: ContextParts): EffectContext {
  return new AttemptContext(parts);
}

/** Makes each part when it is first asked for: most effects use two or three of them. */
class AttemptContext implements EffectContext {
  readonly #parts: ContextParts;
  readonly #deadlineMs: number;
  #random: EffectContext['random'] | undefined;
  #fetch: EffectContext['fetch'] | undefined;
  #aboutToSend: EffectContext['aboutToSend'] | undefined;
  #log: Log | undefined;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.#deadlineMs = Date.now() + (parts.leftMs ?? parts.action.deadlineMs);
  }

  get intentId(): string {
    return this.#parts.record.id;
  }

  get reference(): string {
    return referenceOf(this.#parts.record);
  }

  get key(): string {
    return this.#parts.record.key;
  }

  get action(): string {
    return this.#parts.record.action;
  }

  get scope(): string | null {
    return this.#parts.record.scope;
  }

  get attempt(): number {
    return this.#parts.record.token;
  }

  get signal(): AbortSignal {
    return this.#parts.stop.signal;
  }

  get deadline(): Date {
    return new Date(this.#deadlineMs);
  }

  get startedAt(): Date {
    const { rerunAt, createdAt } = this.#parts.record;
    return rerunAt ?? createdAt;
  }

  get random(): EffectContext['random'] {
    this.#random ??= seededBy(this.reference);
    return this.#random;
  }

  get traceparent(): string {
    const { id, traceparent } = this.#parts.record;
    return traceparentOf(id, traceparent);
  }

  get fetch(): EffectContext['fetch'] {
    const { reference, traceparent, signal } = this;
    this.#fetch ??= effectFetch({ gate: this.#parts.gate, signal, reference, traceparent });
    return this.#fetch;
  }

  get aboutToSend(): EffectContext['aboutToSend'] {
    const { gate, record } = this.#parts;
    this.#aboutToSend ??= () => gate.pass('send', record.key);
    return this.#aboutToSend;
  }

  get log(): Log {
    const { log, record } = this.#parts;
    const { id: intentId, action, token: attempt } = record;
    this.#log ??= withFields(log, () => ({ intentId, action, attempt }));
    return this.#log;
  }
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
