import {
  type Answer,
  bareError,
  type Delivery,
  type DeliveryPorts,
  type Disposition,
  deliver,
  idOf,
  LatchkeyError,
  type Log,
  mayBeClaimedAhead,
  nextStep,
  redactAnswer,
} from '@latchkey/core';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { Runtime } from '../runtime.ts';
import { goOn, type Line } from './go-on.ts';
import type { Intake } from './intake.ts';
import { JobDelivery, type Taken } from './job-delivery.ts';

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
    const delivery = new JobDelivery(runtime, taken, stay);
    // Said here, because an own job's options in Redis are to be short, and because a worker's option to keep none is, on
    // PostgreSQL, to delete those that their producers keep. Somebody else's worker may keep what isn't an intent's own.
    if (intake !== null || idOf(delivery) === job.id) job.opts.removeOnComplete ??= true;
    const { watch } = delivery;
    const ports = { ...runtime.ports, log: watch.log };
    let disposition: Disposition;
    try {
      disposition = await deliver(ports, delivery);
      // one that ended before was retried by a person, since our own deliveries never end a job twice
      if ((job.attemptsMade ?? 0) > 0) disposition = await retriedByHand(ports, delivery, job, disposition);
    } catch (error) {
      watch.broken();
      return await wait(watch.log, job, token, error);
    }
    watch.close(disposition);
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
