import {
  type Answer,
  type AnyAction,
  bareError,
  type Delivery,
  type DeliveryPorts,
  type DeliveryWatch,
  type Disposition,
  deliver,
  type KeptOutcome,
  LatchkeyError,
  type Log,
  mayBeClaimedAhead,
  nextStep,
  readKept,
  redactAnswer,
  type Stop,
  submissionOf,
} from '@latchkey/core';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { readJob } from '../queue/job-data.ts';
import type { Runtime } from '../runtime.ts';
import { activeTraceparent } from '../signals/spans.ts';
import { goOn, type Line } from './go-on.ts';
import type { Intake, Stay } from './intake.ts';

/** Pause after a fault of the ledger itself, in milliseconds: the job waits, it doesn't fail. */
const FAULT_PAUSE_MS = 5_000;
/** First and longest pause of a delivery that finds its intent claimed elsewhere, in milliseconds; doubled each time. */
const WAIT_MS = [50, 2_000] as const;

/** Takes one BullMQ job along the path of its intent and ends the job as the intent stands. */
export async function consume(consumer: Consumer, taken: Taken): Promise<Answer> {
  const { runtime, intake } = consumer;
  const { action, job, token } = taken;
  const stay = intake?.begin(job.id ?? '');
  try {
    // what a dead claimant leaves in doubt is claimed only when it may be performed at once
    const permit = mayBeClaimedAhead(action) ? null : (stay?.mayClaim() ?? null);
    if (permit !== null) await permit;
    // BullMQ may fetch one more job while it closes
    if (intake?.isOpen === false) return await putBack(job, token);
    const since = performance.now();
    const told = runtime.signals.delivery(runtime.log, action.name, job);
    const delivery = deliveryOf(runtime, taken, told.watch, stay);
    const ports = { ...runtime.ports, log: told.log };
    let disposition: Disposition;
    try {
      disposition = await deliver(ports, delivery);
      // one that ended before was retried by a person, since our own deliveries never end a job twice
      if ((job.attemptsMade ?? 0) > 0) disposition = await retriedByHand(ports, delivery, job, disposition);
    } catch (error) {
      told.watch.broken();
      return await wait(told.log, job, token, error);
    }
    told.watch.close(disposition);
    if (disposition.kind === 'later') return await putAside(consumer, taken, delivery, disposition);
    if (disposition.ended && action.entity !== null) await callOn(consumer, idOf(delivery), since);
    if (disposition.kind === 'refused') return refuse(disposition);
    if (disposition.answer.replayed && !disposition.ended)
      runtime.redeliveries.answered(disposition.answer, `${job.queueName}/${job.id}`);
    // what a job returns is shown by dashboards
    return finished(redactAnswer(action, disposition.answer));
  } finally {
    stay?.end();
  }
}

/** The job comes back later, and holds no place meanwhile. */
async function putAside(
  { runtime, line }: Consumer,
  taken: Taken,
  delivery: Delivery,
  disposition: Extract<Disposition, { kind: 'later' }>,
): Promise<never> {
  const { job, token } = taken;
  if (disposition.why === 'turn') line?.parked.put(idOf(delivery), job.id ?? '');
  await job.moveToDelayed(Date.now() + Math.ceil(pauseOf(job, disposition)), token);
  if (disposition.why === 'turn' || disposition.why === 'approval') await comeBack(runtime, taken, delivery);
  throw new DelayedError(disposition.why);
}

/** Who takes the jobs. */
export interface Consumer {
  readonly runtime: Runtime;
  /** Goes on with whose turn it is on a shared entity; `null`: nobody is called, each looks for itself. */
  readonly line: Line | null;
  /** Bounds what performs at once; `null`: the worker that calls does. */
  readonly intake: Intake | null;
}

/** One job that was taken. */
export interface Taken {
  readonly action: AnyAction;
  readonly job: Job;
  readonly token: string | undefined;
  /** Stops the delivery; default: the worker's own intake does. */
  readonly stop?: Stop;
}

/** A job that a person retried is a replay, if its intent surely had no effect. */
async function retriedByHand(
  ports: DeliveryPorts,
  delivery: Delivery,
  job: Job,
  disposition: Disposition,
): Promise<Disposition> {
  if (disposition.kind !== 'answer') return disposition;
  const { status, replayed, intentId, attempt } = disposition.answer;
  if (status !== 'failed' || !replayed) return disposition;
  const decision = { by: `job ${job.queueName}/${job.id}`, reason: 'the job was retried by hand' };
  const { kind } = await ports.ledger.replay(intentId, attempt, decision);
  return kind === 'recorded' ? deliver(ports, delivery) : disposition;
}

/** Goes on with the next in turn; a job isn't failed for a call that the sweep makes up for. */
async function callOn({ runtime, line }: Consumer, id: string, since: number): Promise<void> {
  if (line === null) return;
  try {
    await goOn(runtime, line, id, since);
  } catch (error) {
    runtime.log.warn(
      { err: bareError(error), intentId: id },
      'the next in turn was not called; the sweep will',
    );
  }
}

/**
 * Looks once more after the job was put aside: whoever decided, or left the turn, a moment ago found it still active
 * and called nobody.
 */
async function comeBack(runtime: Runtime, { action, job }: Taken, delivery: Delivery): Promise<void> {
  const record = await runtime.ledger.find(idOf(delivery));
  if (record === null || nextStep(action, record).kind === 'wait') return;
  await job.promote().catch(() => undefined); // somebody else called it meanwhile
}

function idOf({ intent }: Delivery): string {
  return 'id' in intent ? intent.id : intent.submission.id;
}

function deliveryOf(
  runtime: Runtime,
  { action, job, stop }: Taken,
  watch: DeliveryWatch,
  stay: Stay | undefined,
): Delivery {
  try {
    const content = readJob(job);
    const intent =
      content.kind === 'intent'
        ? { id: content.id }
        : {
            submission: submissionOf(action, content.input, {
              submittedBy: `job ${job.queueName}/${job.id}`,
              ...tracedBy(runtime),
            }),
          };
    return {
      action,
      intent,
      redelivered: (job.attemptsStarted ?? 1) > 1 || (job.stalledCounter ?? 0) > 0,
      stop: stop ?? stay?.stop,
      // in the job's progress, because its data can be edited by hand
      keep: (outcome) => job.updateProgress({ latchkey: outcome }),
      kept: keptIn(job.progress),
      mayPerform: stay === undefined ? undefined : () => stay.mayPerform(),
      // one that shares an entity goes on with the next in turn, and keeps its permit for that
      performed: action.entity === null ? () => stay?.performed() : undefined,
      watch,
    };
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    // the reason is kept with the job; a schema's words may quote the input
    runtime.log.warn(
      { job: `${job.queueName}/${job.id}`, action: action.name, code: error.code },
      'job refused',
    );
    throw new UnrecoverableError(`${error.code}: ${error.message}`);
  }
}

/** A plain job that carries a trace (BullMQ's own spans, or the producer's) gives it to the intent. */
function tracedBy({ signals }: Runtime): { traceparent?: string } {
  const traceparent = signals.tracing ? activeTraceparent() : undefined;
  return traceparent === undefined ? {} : { traceparent };
}

function keptIn(progress: Job['progress']): KeptOutcome | null {
  return typeof progress === 'object' && progress !== null
    ? readKept((progress as { latchkey?: unknown }).latchkey)
    : null;
}

function refuse(disposition: Extract<Disposition, { kind: 'refused' }>): never {
  throw new UnrecoverableError(`${disposition.error.code}: ${disposition.error.message}`);
}

/** A job whose intent failed or is in doubt fails too, so that a dashboard shows it; the message says the way out. */
function finished(answer: Answer): Answer {
  const { status, error, key, intentId } = answer;
  if (status === 'failed') {
    throw new UnrecoverableError(
      `${error?.code ?? 'FAILED'}: ${key} surely had no effect (${error?.message ?? 'no reason kept'}). ` +
        `To perform it again under the same key, replay intent ${intentId}`,
    );
  }
  if (status === 'in_doubt') {
    throw new UnrecoverableError(
      `IN_DOUBT: ${key} may have had its effect (${error?.message ?? 'no reason kept'}). ` +
        `It is not performed again by itself; look at the remote, then resolve intent ${intentId}`,
    );
  }
  return answer;
}

function pauseOf(job: Job, disposition: Extract<Disposition, { kind: 'later' }>): number {
  if (disposition.why !== 'claimed elsewhere') return disposition.inMs;
  const grown = WAIT_MS[0] * 2 ** Math.min(Math.max((job.attemptsStarted ?? 1) - 1, 0), 10);
  return Math.min(disposition.inMs + 10, grown, WAIT_MS[1]);
}

/** Puts a job back for another worker, because this one is leaving. */
export async function putBack(job: Job, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError('this worker is leaving');
}

/** The ledger can't be used: the job goes back and waits, because nothing is known to be wrong with it. */
async function wait(log: Log, job: Job, token: string | undefined, error: unknown): Promise<never> {
  if (error instanceof LatchkeyError && error.code === 'LEDGER_CLOSED') return putBack(job, token);
  log.error({ err: bareError(error) }, 'the ledger can not be used; the job waits');
  await job.moveToDelayed(Date.now() + FAULT_PAUSE_MS, token);
  throw new DelayedError('the ledger can not be used');
}
