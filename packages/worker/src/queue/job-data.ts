import { IntentConflict } from '@latchkey/core';

/** Data of a job that names its intent; everything else is in the ledger. */
export interface IntentJobData {
  readonly latchkey: string;
}

/** What a job asks for: an intent that is in the ledger, or an input that may be the first of its intent. */
export type JobContent =
  | { readonly kind: 'intent'; readonly id: string }
  | { readonly kind: 'input'; readonly input: unknown };

const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Makes the data of a job for an intent: its id only, so that editing a job can't change an intent. */
export function intentJobData(id: string): IntentJobData {
  return { latchkey: id };
}

/** Tells whether a job's id is an intent id, which only our own jobs have. */
export function isIntentId(jobId: string | undefined): jobId is string {
  return jobId !== undefined && UUID_V8.test(jobId);
}

/**
 * Reads what a job asks for.
 *
 * @throws {IntentConflict} when a job that was added for one intent names another: its data was edited.
 */
export function readJob(job: { id?: string | undefined; data: unknown }): JobContent {
  const named = namedIntent(job.data);
  if (isIntentId(job.id) && named !== job.id) {
    throw new IntentConflict(job.id, `of job ${job.id}`, ['the data of the job, which was edited']);
  }
  return named === undefined ? { kind: 'input', input: job.data } : { kind: 'intent', id: named };
}

function namedIntent(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || Object.keys(data).length !== 1) return undefined;
  const { latchkey } = data as { latchkey?: unknown };
  return typeof latchkey === 'string' && UUID_V8.test(latchkey) ? latchkey : undefined;
}
