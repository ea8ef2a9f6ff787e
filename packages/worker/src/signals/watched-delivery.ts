import {
  type ClaimedHow,
  type DeliveryWatch,
  type Disposition,
  type IntentRecord,
  type Log,
  type Recorded,
  type Stage,
  traceparentOf,
  withFields,
} from '@latchkey/core';
import type { Metrics } from './metrics.ts';
import type { DeliverySpans } from './spans.ts';

/** The job of a delivery. */
export interface DeliveredJob {
  readonly id?: string | undefined;
  readonly queueName: string;
}

/** Makes log lines, metrics and spans of one delivery. */
export class WatchedDelivery implements DeliveryWatch {
  /** A log whose every line names job and intent. */
  readonly log: Log;
  readonly #action: string;
  readonly #metrics: Metrics | null;
  readonly #spans: DeliverySpans | null;
  #record: IntentRecord | undefined;

  constructor(
    log: Log,
    action: string,
    job: DeliveredJob,
    metrics: Metrics | null,
    spans: DeliverySpans | null,
  ) {
    this.log = withFields(log, () => ({ action, job: `${job.queueName}/${job.id}`, traceId: this.traceId }));
    this.#action = action;
    this.#metrics = metrics;
    this.#spans = spans;
  }

  /** The intent's trace id, once it is known. */
  get traceId(): string | undefined {
    if (this.#record === undefined) return undefined;
    return traceparentOf(this.#record.id, this.#record.traceparent).split('-')[1];
  }

  found(record: IntentRecord, claimed: ClaimedHow | null, tookMs: number): void {
    this.#record = record;
    this.#metrics?.claimSeconds.observe({ action: this.#action }, tookMs / 1_000);
    if (claimed !== null) this.#metrics?.claims.inc({ action: this.#action, how: claimed });
    const name = claimed === null ? 'find' : claimed === 'claim' ? 'claim' : 'take over';
    this.#spans?.found(record, name, tookMs);
  }

  during<T>(stage: Stage, body: () => Promise<T>): Promise<T> {
    return this.#metrics === null && this.#spans === null ? body() : this.#watched(stage, body);
  }

  async #watched<T>(stage: Stage, body: () => Promise<T>): Promise<T> {
    const end = this.#metrics?.stageSeconds.startTimer({ action: this.#action, stage });
    try {
      return await (this.#spans === null ? body() : this.#spans.during(stage, body));
    } finally {
      end?.();
    }
  }

  ended({ kind, record }: Recorded): void {
    if (kind === 'stale') this.#metrics?.staleOutcomes.inc({ action: this.#action });
    else this.#metrics?.endings.inc({ action: this.#action, state: record.state });
    this.#spans?.ended(record);
  }

  /** Says what the delivery came to. */
  close(disposition: Disposition): void {
    const action = this.#action;
    switch (disposition.kind) {
      case 'answer': {
        const { status, replayed } = disposition.answer;
        this.#metrics?.answers.inc({ action, status, replayed: String(replayed) });
        this.#spans?.close({ 'latchkey.replayed': replayed, 'latchkey.state': status });
        return;
      }
      case 'later':
        this.#metrics?.deliveriesPutOff.inc({ action, why: disposition.why });
        this.#spans?.close({ 'latchkey.waits_for': disposition.why });
        return;
      case 'refused':
        this.#metrics?.deliveriesRefused.inc({ action, code: disposition.error.code });
        this.#spans?.close({ 'error.type': disposition.error.code });
        return;
    }
  }

  /** The ledger could not be used; the job is delivered again. */
  broken(): void {
    this.#spans?.close({ 'error.type': 'LEDGER_UNAVAILABLE' });
  }
}
