import type { Submission } from '../../ledger.ts';
import type { Tables } from '../tables.ts';
import { plainArray, textArray } from './array-text.ts';

/** Writes new intents and passes over those that are there; answers the ids that are new. */
export const submitText = (t: Tables): string => `
  insert into ${t.intent} (id, action, key, scope, key_version, fingerprint, state, input, traceparent,
    replay_window_ms, submitted_by, due_at, entity, entity_rule, entity_version)
  select s.id, s.action, s.key, s.scope, s.key_version, s.fingerprint,
    case when s.approval_ms is null then 'pending' else 'awaiting_approval' end, s.input, s.traceparent,
    s.replay_window_ms, s.submitted_by, now() + s.approval_ms * interval '1 ms', s.entity, s.entity_rule,
    s.entity_version
  from ${submissionRows()}
  on conflict (id) do nothing
  returning id, (extract(epoch from created_at) * 1000)::float8 as created_ms`;

const COLUMNS = [
  ['id', 'uuid'],
  ['action', 'text'],
  ['key', 'text'],
  ['scope', 'text'],
  ['key_version', 'smallint'],
  ['fingerprint', 'text'],
  ['input', 'text'],
  ['traceparent', 'text'],
  ['replay_window_ms', 'bigint'],
  ['submitted_by', 'text'],
  ['approval_ms', 'bigint'],
  ['entity', 'text'],
  ['entity_rule', 'text'],
  ['entity_version', 'bigint'],
] as const;

/** Reads submissions as rows `s`, one array a column from parameter 1 on; `more` columns come after them. */
export function submissionRows(more: readonly (readonly [name: string, type: string])[] = []): string {
  const columns = [...COLUMNS, ...more];
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');
  return `unnest(${arrays}) as s (${columns.map(([name]) => name).join(', ')})`;
}

/** One array a column, in the order of `submissionRows`. */
export function submissionValues(submissions: readonly Submission[]): string[] {
  return [
    plainArray(submissions.map((s) => s.id)),
    textArray(submissions.map((s) => s.action)),
    textArray(submissions.map((s) => s.key)),
    textArray(submissions.map((s) => s.scope)),
    plainArray(submissions.map((s) => s.keyVersion)),
    textArray(submissions.map((s) => s.fingerprint)),
    textArray(submissions.map((s) => s.input)),
    textArray(submissions.map((s) => s.traceparent)),
    plainArray(submissions.map((s) => s.replayWindowMs)),
    textArray(submissions.map((s) => s.submittedBy)),
    plainArray(submissions.map((s) => s.approvalMs)),
    textArray(submissions.map((s) => s.entity?.id ?? null)),
    textArray(submissions.map((s) => s.entity?.rule ?? null)),
    plainArray(submissions.map((s) => s.entity?.version ?? null)),
  ];
}
