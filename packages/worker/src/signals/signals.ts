import type { IntentRecord, Log, Submitted } from '@latchkey/core';
import type { Registry } from 'prom-client';
import { createMetrics, type Metrics } from './metrics.ts';
import { activeTraceparent, DeliverySpans, inDecision, inSubmission } from './spans.ts';
import { type DeliveredJob, WatchedDelivery } from './watched-delivery.ts';

/** What a process tells of itself beside its log. */
export interface SignalOptions {
  /** A registry of prom-client that gets this process's metrics; default: nothing is counted. */
  readonly metrics?: Registry;
  /**
   * Makes OpenTelemetry spans, and has BullMQ make its own; an SDK that the application registers keeps them. Default
   * `false`.
   */
  readonly tracing?: boolean;
}

/** Logs, metrics and traces of one process. */
export class Signals {
  readonly metrics: Metrics | null;
  readonly tracing: boolean;

  constructor({ metrics, tracing = false }: SignalOptions) {
    this.metrics = metrics === undefined ? null : createMetrics(metrics);
    this.tracing = tracing;
  }

  /** Opens what one delivery of a job tells. */
  delivery(log: Log, action: string, job: DeliveredJob): WatchedDelivery {
    const spans = this.tracing ? new DeliverySpans(action, attributesOf(job)) : null;
    return new WatchedDelivery(log, action, job, this.metrics, spans);
  }

  /** Calls an intent's job after a person's decision, within a span in the intent's trace. */
  async decision<T>(verb: string, record: IntentRecord, body: () => Promise<T>): Promise<T> {
    return this.tracing ? inDecision(verb, record, body) : body();
  }

  /** Runs a submission; `body` gets the trace context that the intent should keep. */
  async submission<T extends { readonly submitted: Submitted }>(
    action: string,
    given: string | undefined,
    body: (traceparent: string | undefined) => Promise<T>,
  ): Promise<T> {
    const done = this.tracing
      ? await inSubmission(action, given, () => body(activeTraceparent() ?? given))
      : await body(given);
    this.metrics?.submissions.inc({ action, created: String(done.submitted.created) });
    return done;
  }
}

/** OpenTelemetry's names for a message and where it came from. */
function attributesOf({ id = '', queueName }: DeliveredJob) {
  return {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queueName,
    'messaging.message.id': id,
  };
}
