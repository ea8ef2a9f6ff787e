import { type IntentRecord, type Stage, type Submitted, traceparentOf } from '@latchkey/core';
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** Name under which spans are made; the application registers the SDK that keeps them. */
const TRACER = '@latchkey/worker';

/** The tracer of OpenTelemetry's API; makes spans that nobody keeps where no SDK is registered. */
export function tracerOfApi(): Tracer {
  return trace.getTracer(TRACER);
}

/** The trace context that is active here, as W3C writes it; absent outside any trace. */
export function activeTraceparent(): string | undefined {
  const active = trace.getSpanContext(context.active());
  if (active === undefined || !isSpanContextValid(active)) return undefined;
  return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, '0')}`;
}

/** Runs a submission within its span, which becomes the parent of everything the intent ever does. */
export async function inSubmission<T extends { readonly submitted: Submitted }>(
  action: string,
  traceparent: string | undefined,
  body: () => Promise<T>,
): Promise<T> {
  const parent = traceparent === undefined ? context.active() : contextOf(traceparent);
  const options = { kind: SpanKind.PRODUCER, attributes: { 'latchkey.action': action } };
  return tracerOfApi().startActiveSpan(`submit ${action}`, options, parent, async (span) =>
    ending(span, async () => {
      const done = await body();
      const { created, record } = done.submitted;
      span.setAttributes({ ...of(record), 'latchkey.created': created });
      const first = trace.getSpanContext(contextOf(traceparentOf(record.id, record.traceparent)));
      // the intent goes on in the trace of its first submission
      if (!created && first !== undefined) span.addLink({ context: first });
      return done;
    }),
  );
}

/** Runs what follows a person's decision within a span in the intent's trace, linked with where the person acted. */
export function inDecision<T>(verb: string, record: IntentRecord, body: () => Promise<T>): Promise<T> {
  const parent = contextOf(traceparentOf(record.id, record.traceparent));
  const options = { attributes: of(record), links: linksFrom(parent) };
  return tracerOfApi().startActiveSpan(`${verb} ${record.action}`, options, parent, (span) =>
    ending(span, body),
  );
}

/** The spans of one delivery: all of them in the trace of the intent's first submission. */
export class DeliverySpans {
  readonly #tracer = tracerOfApi();
  readonly #attributes: Attributes;
  readonly #action: string;
  readonly #start = Date.now();
  readonly #withheld: (() => void)[] = [];
  #span: Span | undefined;
  #context: Context = ROOT_CONTEXT;

  constructor(action: string, attributes: Attributes) {
    this.#action = action;
    this.#attributes = attributes;
  }

  /** The intent is known now, and with it the trace; the delivery and its claim began earlier. */
  found(record: IntentRecord, name: 'claim' | 'find' | 'take over', tookMs: number): void {
    this.#span ??= this.#open(record);
    this.#span.setAttribute('latchkey.attempt', record.token);
    const now = Date.now();
    const span = this.#tracer.startSpan(
      name,
      { startTime: now - tookMs, attributes: of(record) },
      this.#context,
    );
    // exported with their parent: of a process that dies meanwhile neither is
    this.#withheld.push(() => span.end(now));
  }

  /** Runs a stage within a span of its own. */
  during<T>(stage: Stage, body: () => Promise<T>): Promise<T> {
    const kind = stage === 'record' ? SpanKind.INTERNAL : SpanKind.CLIENT;
    return this.#tracer.startActiveSpan(stage, { kind }, this.#context, (span) => ending(span, body));
  }

  /** Says what an attempt came to; the error by its code only, since its text may tell what nobody should read. */
  ended({ state, error }: IntentRecord): void {
    this.#span?.setAttribute('latchkey.state', state);
    if (error !== null && state !== 'succeeded') {
      this.#span?.setAttribute('error.type', error.code);
      this.#span?.setStatus({ code: SpanStatusCode.ERROR });
    }
  }

  /** Ends the delivery's span. */
  close(attributes: Attributes): void {
    for (const end of this.#withheld) end();
    this.#span?.setAttributes(attributes).end();
  }

  #open(record: IntentRecord): Span {
    const parent = contextOf(traceparentOf(record.id, record.traceparent));
    const span = this.#tracer.startSpan(
      `deliver ${this.#action}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: this.#start,
        attributes: { ...this.#attributes, ...of(record) },
        links: linksFrom(parent),
      },
      parent,
    );
    this.#context = trace.setSpan(parent, span);
    return span;
  }
}

function of(record: IntentRecord): Attributes {
  return { 'latchkey.intent_id': record.id, 'latchkey.action': record.action };
}

/** A delivery that came in another trace (a plain job's, a person's retry) is linked with it. */
function linksFrom(parent: Context): Link[] {
  const active = trace.getSpanContext(context.active());
  const own = trace.getSpanContext(parent);
  if (active === undefined || !isSpanContextValid(active) || active.traceId === own?.traceId) return [];
  return [{ context: active }];
}

function contextOf(traceparent: string): Context {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

async function ending<T>(span: Span, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    span.setAttribute('error.type', typeof code === 'string' ? code : 'Error');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
