import type { Submission } from '../../ledger.ts';
import type { Tables } from '../tables.ts';

/** Writes new intents and passes over those that are there; answers the ids that are new. */
export const submitText = (t: Tables): string => `
  insert into ${t.intent} (id, action, key, scope, key_version, fingerprint, state, input, traceparent,
    replay_window_ms, submitted_by)
  select s.id, s.action, s.key, s.scope, s.key_version, s.fingerprint, 'pending', s.input, s.traceparent,
    s.replay_window_ms, s.submitted_by
  from ${submissionRows(1)}
  on conflict (id) do nothing
  returning id, (extract(epoch from created_at) * 1000)::float8 as created_ms`;

/** Names the columns of a submission, whose arrays begin at parameter `first`. */
export function submissionRows(first: number): string {
  const types = ['uuid', 'text', 'text', 'text', 'smallint', 'text', 'text', 'text', 'bigint', 'text'];
  const arrays = types.map((type, index) => `$${first + index}::${type}[]`).join(', ');
  return `unnest(${arrays}) as s (id, action, key, scope, key_version, fingerprint, input, traceparent,
    replay_window_ms, submitted_by)`;
}

/** Number of parameters that `submissionRows` takes. */
export const SUBMISSION_PARAMETERS = 10;

/** One array a column, in the order of `submissionRows`. */
export function submissionValues(submissions: readonly Submission[]): unknown[][] {
  return [
    submissions.map((s) => s.id),
    submissions.map((s) => s.action),
    submissions.map((s) => s.key),
    submissions.map((s) => s.scope),
    submissions.map((s) => s.keyVersion),
    submissions.map((s) => s.fingerprint),
    submissions.map((s) => s.input),
    submissions.map((s) => s.traceparent),
    submissions.map((s) => s.replayWindowMs),
    submissions.map((s) => s.submittedBy),
  ];
}
