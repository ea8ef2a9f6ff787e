import { Counter, Histogram, type Registry } from 'prom-client';

/** Seconds, from a group commit on a local disk to a remote that takes its whole deadline. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Intents in a batch, up to the most that a group commit takes. */
const SIZES = [1, 2, 5, 10, 25, 50, 100, 200, 350, 500, 1000];

/** What one process counts and times. Every name and label is described in docs/operations/signals.md. */
export interface Metrics {
  readonly submissions: Counter<'action' | 'created'>;
  readonly claims: Counter<'action' | 'how'>;
  readonly claimSeconds: Histogram<'action'>;
  readonly stageSeconds: Histogram<'action' | 'stage'>;
  readonly endings: Counter<'action' | 'state'>;
  readonly staleOutcomes: Counter<'action'>;
  readonly answers: Counter<'action' | 'status' | 'replayed'>;
  readonly deliveriesPutOff: Counter<'action' | 'why'>;
  readonly deliveriesRefused: Counter<'action' | 'code'>;
  readonly batchSize: Histogram<'statement'>;
  readonly redeliveriesPassedOver: Counter<'action'>;
  readonly keyWarnings: Counter<'action' | 'rule'>;
}

/**
 * Makes the metrics of one process in a registry of prom-client, or finds them there: a worker and a client of one
 * process may share it. Names begin with `latchkey_`.
 */
export function createMetrics(registry: Registry): Metrics {
  const own = { registers: [registry] };
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    (registry.getSingleMetric(`latchkey_${name}`) as Counter<L> | undefined) ??
    new Counter<L>({ name: `latchkey_${name}`, help, labelNames: [...labelNames], ...own });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ) =>
    (registry.getSingleMetric(`latchkey_${name}`) as Histogram<L> | undefined) ??
    new Histogram<L>({ name: `latchkey_${name}`, help, labelNames: [...labelNames], buckets, ...own });
  return {
    submissions: counter('submissions_total', 'Submissions; created=false found an intent that was there', [
      'action',
      'created',
    ]),
    claims: counter('claims_total', 'Intents claimed; how=take-over from a holder that fell silent', [
      'action',
      'how',
    ]),
    claimSeconds: histogram(
      'claim_seconds',
      'From the wish to claim to a durable answer',
      ['action'],
      SECONDS,
    ),
    stageSeconds: histogram(
      'stage_seconds',
      'Effect, record of its ending, question to the remote',
      ['action', 'stage'],
      SECONDS,
    ),
    endings: counter('endings_total', 'Attempts and doubts that ended, by the state they left', [
      'action',
      'state',
    ]),
    staleOutcomes: counter('stale_outcomes_total', 'Outcomes that came too late and changed nothing', [
      'action',
    ]),
    answers: counter('answers_total', 'Deliveries answered; replayed=true with a stored answer', [
      'action',
      'status',
      'replayed',
    ]),
    deliveriesPutOff: counter('deliveries_put_off_total', 'Deliveries that wait without a slot, by reason', [
      'action',
      'why',
    ]),
    deliveriesRefused: counter('deliveries_refused_total', 'Deliveries that were at fault, by error code', [
      'action',
      'code',
    ]),
    redeliveriesPassedOver: counter(
      'redeliveries_passed_over_total',
      'Deliveries answered with a stored answer that no story tells of: too many at once',
      ['action'],
    ),
    keyWarnings: counter('key_warnings_total', 'Signs that a key is not one, by rule', ['action', 'rule']),
    batchSize: histogram('batch_size', 'Intents in one group commit', ['statement'], SIZES),
  };
}
