import {
  type Answer,
  type AnyAction,
  type Delivery,
  type Disposition,
  deliver,
  LatchkeyError,
  submissionOf,
} from '@latchkey/core';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { readJob } from '../queue/job-data.ts';
import type { Runtime } from '../runtime.ts';

/** Pause after a fault of the ledger itself, in milliseconds: the job waits, it doesn't fail. */
const FAULT_PAUSE_MS = 5_000;
/** First and longest pause of a delivery that finds its intent claimed elsewhere, in milliseconds; doubled each time. */
const WAIT_MS = [50, 2_000] as const;

/** Takes one BullMQ job along the path of its intent and ends the job as the intent stands. */
export async function consume(
  runtime: Runtime,
  action: AnyAction,
  job: Job,
  token: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const delivery = deliveryOf(runtime, action, job, signal);
  const disposition = await deliver(runtime.ports, delivery).catch((error: unknown) =>
    wait(runtime, job, token, error),
  );
  return settle(job, token, disposition);
}

function deliveryOf(
  runtime: Runtime,
  action: AnyAction,
  job: Job,
  signal: AbortSignal | undefined,
): Delivery {
  try {
    const content = readJob(job);
    const intent =
      content.kind === 'intent'
        ? { id: content.id }
        : {
            submission: submissionOf(action, content.input, {
              submittedBy: `job ${job.queueName}/${job.id}`,
            }),
          };
    return { action, intent, ...(signal === undefined ? {} : { signal }) };
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    runtime.log.warn(
      { job: job.id, action: action.name, code: error.code, reason: error.message },
      'job refused',
    );
    throw new UnrecoverableError(`${error.code}: ${error.message}`);
  }
}

async function settle(job: Job, token: string | undefined, disposition: Disposition): Promise<Answer> {
  switch (disposition.kind) {
    case 'answer':
      return finished(disposition.answer);
    case 'later':
      await job.moveToDelayed(Date.now() + Math.ceil(pauseOf(job, disposition)), token);
      throw new DelayedError(disposition.why);
    case 'parked':
      throw new UnrecoverableError('AWAITING_APPROVAL: a person has to approve this intent first');
    case 'refused':
      throw new UnrecoverableError(`${disposition.error.code}: ${disposition.error.message}`);
  }
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

/** The ledger can't be used: the job goes back and waits, because nothing is known to be wrong with it. */
async function wait(runtime: Runtime, job: Job, token: string | undefined, error: unknown): Promise<never> {
  if (error instanceof LatchkeyError && error.code === 'LEDGER_CLOSED') {
    await job.moveToWait(token);
    throw new WaitingError('this worker is leaving');
  }
  runtime.log.error({ job: job.id, err: error }, 'the ledger can not be used; the job waits');
  await job.moveToDelayed(Date.now() + FAULT_PAUSE_MS, token);
  throw new DelayedError('the ledger can not be used');
}
